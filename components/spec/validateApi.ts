import type { InvalidArguments } from "./invalidArgument";
import { shownUrl } from "./invalidArgument";
import type { PairSpec } from "./spec";
import { strictUrl } from "./urls";

const PATH_TO_V1 = /^(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*\/v1$/;

/** The agent reads these URLs with Python's parser, so only URLs that both parsers read alike are valid. */
export function validateApi(spec: PairSpec, problems: InvalidArguments): void {
    problems.check(
        PATH_TO_V1.test(strictUrl(spec.apiEndpoint, ["https"])?.rest ?? ""),
        "apiEndpoint",
        `${shownUrl(spec.apiEndpoint)} is not an endpoint of the cloud's API: write https://, a host and a path that ends in /v1, without user name, query or fragment, such as https://api.hetzner.cloud/v1`,
    );
    const reason = spec.apiCa === undefined ? undefined : whyNotCa(spec.apiCa);
    problems.check(reason === undefined, "apiCa", reason ?? "");
    validateProxy(spec.apiProxy, problems);
}

function validateProxy(text: string | undefined, problems: InvalidArguments): void {
    if (text === undefined) {
        return;
    }
    // a user name has its own message
    const proxy = strictUrl(text.replace(/^([a-z]+:\/\/)[^/?#]*@/, "$1"), ["http"]);
    problems.check(
        proxy !== undefined && ["", "/"].includes(proxy.rest),
        "apiProxy",
        `${shownUrl(text)} is not an HTTP proxy: write it like http://10.0.0.2:3128`,
    );
    problems.check(
        !hasUser(text),
        "apiProxy",
        "it contains a user name or a password, which every user of the nodes could read: let the proxy allow the nodes' addresses instead",
    );
}

/** Why the nodes could not use these certificates, or undefined. The answer never contains the value. */
function whyNotCa(text: string): string | undefined {
    if (text.includes("PRIVATE KEY")) {
        return "it contains a private key, which every user of the nodes could read: give only the certificates, and replace the key";
    }
    const begin = text.indexOf("-----BEGIN CERTIFICATE-----");
    return begin >= 0 && text.indexOf("-----END CERTIFICATE-----", begin) > begin
        ? undefined
        : "it contains no certificate in PEM format: give the text of the file, starting with BEGIN CERTIFICATE, not its path";
}

function hasUser(text: string): boolean {
    return /@|%40|＠/i.test(text);
}
