import type { Problems } from "./problem";
import type { PairSpec } from "./spec";

export function validateApi(spec: PairSpec, problems: Problems): void {
    const endpoint = parse(spec.apiEndpoint);
    problems.check(
        endpoint?.protocol === "https:" && /\/v1$/.test(endpoint.pathname) && !endpoint.search && !endpoint.username,
        "apiEndpoint",
        `${shown(spec.apiEndpoint)} is no endpoint of the cloud's API: it begins with https:// and ends in /v1, as https://api.hetzner.cloud/v1 does`,
    );
    problems.check(
        spec.apiCa === undefined || /-----BEGIN CERTIFICATE-----[^]+-----END CERTIFICATE-----/.test(spec.apiCa),
        "apiCa",
        "it holds no certificate in PEM form: give the text of the file, from BEGIN CERTIFICATE on, not its path",
    );
    const proxy = spec.apiProxy === undefined ? undefined : parse(spec.apiProxy);
    problems.check(
        spec.apiProxy === undefined || (proxy?.protocol === "http:" && proxy.hostname !== "" && proxy.pathname === "/"),
        "apiProxy",
        `${shown(spec.apiProxy ?? "")} is no HTTP proxy: write it like http://10.0.0.2:3128`,
    );
    problems.check(
        !proxy?.username && !proxy?.password,
        "apiProxy",
        "it carries a user name or a password, which every user of the nodes could read: let the proxy allow their addresses",
    );
}

function parse(text: string): URL | undefined {
    return URL.canParse(text) ? new URL(text) : undefined;
}

/** A URL as a message may show it: whoever puts a password into one must not find it in a log. */
function shown(text: string): string {
    return `"${text.replace(/\/\/[^/]*@/, "//…@")}"`;
}
