import { shellQuote } from "../../components/render/shellQuote";
import type { Cloud } from "../cloud";
import type { Deployment } from "../stack/workspace";

/** The commands to use a demo that was left running. `addresses` are the nodes' public addresses. */
export function howToLookInside(cloud: Cloud, deployment: Deployment, addresses: string[]): string {
    const nsenter = `nsenter --net=/run/netns/${cloud.netns}`;
    const name = `--name ${cloud.name}`;
    const exports = Object.entries(deployment.env).filter(([key]) => key !== "PATH");
    return [
        "The demo keeps running. To look inside:",
        `  npm run cloud -- status ${name}`,
        `  npm run cloud -- exec ${name} nginx0 -- alias-switch status`,
        `  npm run cloud -- exec ${name} client -- curl -s 10.0.1.1`,
        ...addresses.map((address) => `  ${nsenter} ssh -i ${deployment.sshKeyFile} root@${address}`),
        "To use pulumi with it:",
        `  cd ${deployment.dir}`,
        ...exports.map(([key, value]) => `  export ${key}=${shellQuote(value)}`),
        `  export PATH=${shellQuote(deployment.pulumiBin)}:"$PATH"`,
        "  pulumi stack select dev && pulumi up",
        "To stop it and remove everything:",
        `  npm run cloud -- down ${name}`,
    ].join("\n");
}
