import { execFileSync } from "child_process";
import { expect } from "chai";
import { Random } from "../../../../lab/stack/random";
import { strictUrl } from "../../../../components/spec/urls";
import { validate } from "../../../../components/spec/validate";
import { NOTHING_GIVEN, spec } from "../pairs";

/** Parses as alias-switch parses its endpoint and its proxy, and check-http its URL. */
const PYTHON = `
import json, sys, urllib.parse
def read(text):
    try:
        url = urllib.parse.urlsplit(text)
        extra = [part for part in (url.username, url.password, url.fragment or None) if part is not None]
        return [url.scheme, url.hostname, url.port, url.path, url.query, extra]
    except ValueError as error:
        return str(error)
json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
`;
const PIECES = [
    [
        "https://",
        "https://",
        "https://",
        "http://",
        "HTTPS://",
        "https:",
        "https:/",
        "https:\\\\",
        " https://",
        "https:///",
    ],
    ["", "", "", "", "u@", "u:p@", ":p@", "@", "a b@", "\\@"],
    [
        "api.example.org",
        "10.0.0.2",
        "[::1]",
        "[2001:DB8::10.0.0.1]",
        "localhost",
        "A_b-c.D",
        "xn--a",
        "x.",
        "1.2.3",
        "0x7f.1",
    ],
    ["", "", ":8443", ":0", ":80", ":065", ":65536", ":", ":٣", "%00", "[", "\u00e9", "..", "-", "\ud83d\ude00"],
    [
        "/v1",
        "/v1",
        "/v1",
        "/a/v1",
        "/v1/",
        "/../v1",
        "/./v1",
        "/%2e/v1",
        "\\v1",
        "//v1",
        "/a b/v1",
        "",
        "/\t/v1",
        "\n/v1",
    ],
    ["", "", "", "", "?x", "#x", "?", "#", " ", "\n", "\u2028", "?/v1", "#/v1", "\0"],
];

function urls(count: number): string[] {
    const random = new Random(12);
    return Array.from({ length: count }, () =>
        PIECES.map((pieces) => random.pick(random.next() < 0.6 ? pieces.slice(0, 1) : pieces)).join(""),
    );
}

function isAccepted(argument: object): boolean {
    return validate(spec(argument), NOTHING_GIVEN).length === 0;
}

function readByPython(texts: string[]): unknown[] {
    const options = { input: JSON.stringify(texts), maxBuffer: 1 << 26 };
    return JSON.parse(execFileSync("python3", ["-IS", "-c", PYTHON], options).toString()) as unknown[];
}

/** Parses as Node.js does. */
function readByNode(text: string): unknown[] {
    const url = new URL(text);
    const scheme = url.protocol.slice(0, -1);
    const extra = [url.username, url.password, url.hash].filter((part) => part !== "");
    return [
        scheme,
        canonical(url.hostname),
        url.port === "" ? null : Number(url.port),
        url.pathname,
        url.search,
        extra,
    ];
}

/** Python does not normalise an IPv6 address, and Node.js leaves out the scheme's default port. */
function canonical(host: string): string {
    const bare = host.replace(/^\[|\]$/g, "");
    return bare.includes(":") ? new URL(`http://[${bare}]`).hostname.slice(1, -1) : bare;
}

const PORTS: Record<string, number> = { http: 80, https: 443 };

describe("URLs", function () {
    this.timeout(60_000);

    const httpUrl = (url: string) => ({ checks: [{ name: "up", httpUrl: url }] });
    const rows: [string, (text: string) => string, (text: string) => object][] = [
        ["apiEndpoint", (text) => text, (apiEndpoint) => ({ apiEndpoint })],
        ["apiProxy", (text) => text.replace(/^https:/, "http:").replace(/\/v1$/, ""), (apiProxy) => ({ apiProxy })],
        ["httpUrl", (text) => text.replace(/#[^]*/, ""), httpUrl],
    ];
    for (const [argument, adapt, make] of rows) {
        it(`that are accepted as ${argument} mean the same to Node.js and Python`, () => {
            const all = urls(20_000).map(adapt);
            // most of them come more than once
            const accepted = new Set([...new Set(all)].filter((text) => isAccepted(make(text))));
            expect(all.filter((text) => accepted.has(text)).length).to.be.greaterThan(500);
            const texts = [...accepted];
            readByPython(texts).forEach((read, i) => {
                expect(read, texts[i]).to.be.an("array");
                const [scheme, host, port, path, query, extra] = read as [string, string, number | null, ...unknown[]];
                const node = readByNode(texts[i]);
                expect([scheme, canonical(host), port ?? PORTS[scheme]], texts[i]).to.deep.equal([
                    ...node.slice(0, 2),
                    node[2] ?? PORTS[scheme],
                ]);
                expect(extra, texts[i]).to.deep.equal(node[5]).and.to.deep.equal([]);
                if (argument === "apiEndpoint") {
                    expect([path, query], texts[i]).to.deep.equal(node.slice(3, 5));
                }
            });
        });
    }

    it("are split into their parts", () => {
        const url = strictUrl("https://[2001:db8::1]:8443/a?b", ["https"]);
        expect(url).to.deep.equal({ scheme: "https", host: "2001:db8::1", port: 8443, rest: "/a?b" });
    });

    for (const endpoint of [
        "https://api.hetzner.cloud/v1",
        "https://203.0.113.1/v1",
        "https://203.0.113.1:8443/v1",
        "https://[2001:db8::1]:8443/v1",
        "https://my_proxy.internal/hetzner/api-2.0/v1",
        "https://xn--bcher-kva.example/v1",
    ]) {
        it(`can be ${endpoint}`, () => expect(isAccepted({ apiEndpoint: endpoint })).to.equal(true));
    }

    for (const endpoint of [
        "https:\\\\api.hetzner.cloud\\v1",
        "https:api.hetzner.cloud/v1",
        "https:///api.hetzner.cloud/v1",
        "https://api.hetzner.cloud:0/v1",
        "https://api.hetzner.cloud:/v1",
        "https://api.hetzner.cloud/v1#x/v1",
        "https://api.hetzner.cloud#/v1",
        "https://api.hetzner.cloud?/v1",
        "https://api.hetzner.cloud@evil.example/v1",
        "https://api.hetzner.cloud\\@evil.example/v1",
        "https://evil.example/x/../v1",
        "https://evil.example/%2e%2e/v1",
        "https://[fe80::1%25eth0]/v1",
        "https://[::1/v1",
        "https://::1/v1",
        "https://0x7f000001/v1",
        "https://127.1/v1",
        "https://010.0.0.1/v1",
        "https://ⓐpi.hetzner.cloud/v1",
        " https://api.hetzner.cloud/v1",
        "https://api.hetzner.cloud/v1\n",
        "https://api.hetz\tner.cloud/v1",
        `https://${"a".repeat(64)}.example/v1`,
        "HTTPS://api.hetzner.cloud/v1",
        "",
    ]) {
        it(`cannot be ${JSON.stringify(endpoint).slice(0, 60)}`, () =>
            expect(isAccepted({ apiEndpoint: endpoint })).to.equal(false));
    }

    for (const url of [
        "http://127.0.0.1",
        "https://localhost:8443/x?y=[1]{2}",
        "http://[::1]/health#part",
        "http://web/é",
    ]) {
        it(`can be ${url} for a check`, () => expect(isAccepted(httpUrl(url))).to.equal(true));
    }

    for (const url of [
        "HTTP://127.0.0.1/",
        "http:/127.0.0.1/",
        "http:127.0.0.1",
        "http://:p@127.0.0.1/",
        "http://127.0.0.1/ x",
    ]) {
        it(`cannot be ${url} for a check`, () => expect(isAccepted(httpUrl(url))).to.equal(false));
    }
});
