import type { Problems } from "./problem";
import { shownUrl } from "./problem";
import type { PairSpec } from "./spec";
import { strictUrl } from "./urls";

const PATH_TO_V1 = /^(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*\/v1$/;

/** The nodes' agent reads these with Python's parser, so only what both read alike is right. */
export function validateApi(spec: PairSpec, problems: Problems): void {
    problems.check(
        PATH_TO_V1.test(strictUrl(spec.apiEndpoint, ["https"])?.rest ?? ""),
        "apiEndpoint",
        `${shownUrl(spec.apiEndpoint)} is no endpoint of the cloud's API: it begins with https:// and a host, has no user name, query or fragment, and ends in /v1, as https://api.hetzner.cloud/v1 does`,
    );
    const reason = spec.apiCa === undefined ? undefined : whyNotCa(spec.apiCa);
    problems.check(reason === undefined, "apiCa", reason ?? "");
    validateProxy(spec.apiProxy, problems);
}

function validateProxy(text: string | undefined, problems: Problems): void {
    if (text === undefined) {
        return;
    }
    // a user name has its own message
    const proxy = strictUrl(text.replace(/^([a-z]+:\/\/)[^/?#]*@/, "$1"), ["http"]);
    problems.check(
        proxy !== undefined && ["", "/"].includes(proxy.rest),
        "apiProxy",
        `${shownUrl(text)} is no HTTP proxy: write it like http://10.0.0.2:3128`,
    );
    problems.check(
        !hasUser(text),
        "apiProxy",
        "it carries a user name or a password, which every user of the nodes could read: let the proxy allow their addresses",
    );
}

/** Why the nodes could not use these certificates, or undefined. The value is never part of the answer. */
function whyNotCa(text: string): string | undefined {
    if (text.includes("PRIVATE KEY")) {
        return "it holds a private key, which every user of the nodes could read: give the certificates only, and replace that key";
    }
    const begin = text.indexOf("-----BEGIN CERTIFICATE-----");
    return begin >= 0 && text.indexOf("-----END CERTIFICATE-----", begin) > begin
        ? undefined
        : "it holds no certificate in PEM form: give the text of the file, from BEGIN CERTIFICATE on, not its path";
}

function hasUser(text: string): boolean {
    return /@|%40|＠/i.test(text);
}
