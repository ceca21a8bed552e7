import { expect } from "chai";
import execa from "execa";
import { agentConfig } from "../../../../components/render/agentConfig";
import { nodeFile } from "../../../../components/render/files";
import {
    contains,
    formatAddress,
    formatRange,
    parseAddress,
    parseRange,
    rangeAround,
} from "../../../../components/spec/ipv4";
import { packageArchive } from "../../../../components/render/archive";
import { agentFiles, checkFiles } from "../../../../components/render/nodeFiles";
import { packed } from "../../../../components/render/packed";
import { statusCommand } from "../../../../components/render/switchCommands";
import { deriveVirtualRouterId } from "../../../../components/spec/virtualRouterId";
import { spec } from "../pairs";

const IDS = { serverId: 42, networkId: 7 };
const CA = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

describe("the agent's configuration", () => {
    it("has every setting, and null for those that are not given", () => {
        const pair = spec({}, "web");
        const [node, peer] = pair.nodes;
        expect(JSON.parse(agentConfig(pair, node, peer, IDS))).to.deep.equal({
            pair: "web",
            node: "web0",
            serverId: 42,
            networkId: 7,
            address: "10.0.1.2",
            peerAddress: "10.0.1.3",
            vips: ["10.0.1.1"],
            endpoint: "https://api.hetzner.cloud/v1",
            caFile: null,
            proxy: null,
            metadata: "http://169.254.169.254/hetzner/v1/metadata",
            service: null,
            bridge: { follow: "afterGrace", graceSeconds: 30, interval: 0.5 },
            ports: null,
            verifySeconds: 30,
            runDir: "/run/failover-pair",
            tokenFile: "/etc/failover-pair/token",
        });
    });

    it("passes the given settings on", () => {
        const args = {
            apiEndpoint: "https://203.0.113.1/v1",
            apiCa: CA,
            apiProxy: "http://p:3128",
            service: "a.service",
            bridge: false,
            ports: ["443/tcp", "53/udp"],
        };
        const pair = spec(args);
        expect(JSON.parse(agentConfig(pair, pair.nodes[1], pair.nodes[0], IDS))).to.include({
            address: "10.0.1.3",
            endpoint: "https://203.0.113.1/v1",
            caFile: "/etc/failover-pair/api-ca.pem",
            proxy: "http://p:3128",
            service: "a.service",
            bridge: null,
        });
    });
});

describe("the files of a node", () => {
    const LIB = "/usr/local/lib/failover-pair";
    const PACKAGE = `${LIB}/failover-pair.pyz`;
    const BARE: Record<string, string> = {
        [`${LIB}/alias-switch`]: "alias-switch",
        [`${LIB}/guard`]: "guard",
        [`${LIB}/wait-address`]: "wait-address",
        [`${LIB}/service-hook`]: "service-hook",
        [`${LIB}/farewell`]: "farewell",
        [`${LIB}/check-http`]: "check-http",
        [`${LIB}/hear`]: "hear",
        [`${LIB}/nic-care`]: "nic-care",
        "/etc/systemd/system/failover-pair-nic.path": "systemd/failover-pair-nic.path",
        "/etc/systemd/system/failover-pair-guard.service": "systemd/failover-pair-guard.service",
        "/etc/systemd/system/failover-pair-nic.service": "systemd/failover-pair-nic.service",
        "/etc/systemd/system/failover-pair-keepalived.path": "systemd/failover-pair-keepalived.path",
        "/etc/systemd/system/failover-pair-keepalived.service": "systemd/failover-pair-keepalived.service",
        "/etc/systemd/system/alias-switch.service": "systemd/alias-switch.service",
        "/etc/systemd/system/keepalived.service.d/failover-pair.conf": "systemd/keepalived.service.conf",
        "/etc/sysusers.d/failover-pair.conf": "systemd/sysusers.conf",
        "/etc/tmpfiles.d/failover-pair.conf": "systemd/tmpfiles.conf",
        "/etc/sysctl.d/60-failover-pair.conf": "systemd/sysctl.conf",
    };

    it("are the unchanged files of scripts/, and the configuration", () => {
        const pair = spec({ bridge: false });
        const files = agentFiles(pair, pair.nodes[0], pair.nodes[1], IDS);
        for (const [path, name] of Object.entries(BARE)) {
            const file = files.find((candidate) => candidate.path === path);
            expect(file?.content, path).to.equal(nodeFile(name));
            expect(file?.mode, path).to.equal(path.startsWith(LIB) ? "0755" : "0644");
        }
        const config = "/etc/failover-pair/config.json";
        expect(files.map(({ path }) => path)).to.have.members([PACKAGE, ...Object.keys(BARE), config]);
        expect(files[0], "it is there before what imports from it").to.deep.equal({
            path: PACKAGE,
            mode: "0644",
            content: packageArchive(),
        });
    });

    it("include the bridge, unless it is off", () => {
        const pair = spec();
        expect(agentFiles(pair, pair.nodes[0], pair.nodes[1], IDS)).to.include.deep.members([
            { path: `${LIB}/bridge`, mode: "0755", content: nodeFile("bridge") },
            {
                path: "/etc/systemd/system/failover-pair-bridge.service",
                mode: "0644",
                content: nodeFile("systemd/failover-pair-bridge.service"),
            },
        ]);
    });

    it("include the given certificate and the hook of the given service", () => {
        const pair = spec({ apiCa: CA, service: "nginx.service" });
        const files = agentFiles(pair, pair.nodes[0], pair.nodes[1], IDS);
        expect(files).to.include.deep.members([
            { path: "/etc/failover-pair/api-ca.pem", mode: "0644", content: CA },
            {
                path: "/etc/systemd/system/nginx.service.d/failover-pair.conf",
                mode: "0644",
                content: nodeFile("systemd/tracked-service.conf"),
            },
            {
                path: "/etc/systemd/system/failover-pair-handover@.service",
                mode: "0644",
                content: nodeFile("systemd/failover-pair-handover@.service"),
            },
        ]);
    });

    it("pass a check's command and URL unchanged through every shell and parser", async () => {
        const hard = 'http://127.0.0.1/it\'s?a=$HOME&b=`id`&c="x"';
        const { checks } = spec({
            checks: [
                { name: "cmd", command: "test \"$(printf '%s' 'a$b')\" = 'a$b'\n" },
                { name: "url", httpUrl: hard, timeout: 7 },
            ],
        });
        const [command, url] = checkFiles(checks);
        expect(command).to.include({ path: "/etc/failover-pair/checks/cmd", mode: "0700" });
        await execa("bash", [], { input: command.content });
        const shown = await execa("sh", [], { input: url.content.replace(/^exec \S+/m, "printf '%s\\n'") });
        expect(shown.stdout.split("\n")).to.deep.equal(["--timeout", "7", hard]);
    });
});

describe("a file on its way to a node", () => {
    it("is base64 text if it is an archive", () => {
        const file = { path: "/p", mode: "0644", content: Uint8Array.from([0x50, 0x4b, 0xff]) };
        expect(packed(file)).to.deep.equal({ path: "/p", mode: "0644", base64: "UEv/" });
    });

    it("is readable in a preview otherwise", () => {
        const file = { path: "/p", mode: "0644", content: nodeFile("systemd/alias-switch.service") };
        expect(packed(file)).to.deep.equal(file);
    });
});

describe("commands for the operator", () => {
    it("ask both nodes for their status", () => {
        expect(statusCommand(["198.51.100.1", "198.51.100.2"])).to.equal(
            "ssh root@198.51.100.1 alias-switch status; ssh root@198.51.100.2 alias-switch status",
        );
    });
});

describe("IPv4 addresses and ranges", () => {
    it("are converted to numbers and back", () => {
        for (const text of ["0.0.0.0", "10.0.1.1", "172.31.1.1", "255.255.255.255"]) {
            expect(formatAddress(parseAddress(text)!)).to.equal(text);
        }
        for (const text of ["10.0.1", "10.0.1.01", "1.2.3.4.5", "::1", "", " 10.0.1.1"]) {
            expect(parseAddress(text), text).to.equal(undefined);
        }
    });

    it("have a first and a last address", () => {
        expect(parseRange("192.168.0.0/16")).to.deep.equal({ first: 3232235520, last: 3232301055, prefix: 16 });
        expect(parseRange("0.0.0.0/0")).to.deep.equal({ first: 0, last: 2 ** 32 - 1, prefix: 0 });
        expect(formatRange(rangeAround(parseAddress("192.168.7.200")!, 26))).to.equal("192.168.7.192/26");
        expect(contains(parseRange("10.0.0.0/8")!, parseRange("10.0.1.0/24")!)).to.equal(true);
        expect(contains(parseRange("10.0.1.0/24")!, parseRange("10.0.0.0/8")!)).to.equal(false);
    });
});

describe("the VRRP router id", () => {
    it("is from 1 to 255 and different for all the servers' addresses of a /24", () => {
        const ids = Array.from({ length: 254 }, (_, i) => deriveVirtualRouterId(`10.0.1.${i + 1}`));
        expect(new Set(ids).size).to.equal(254);
        expect(Math.min(...ids)).to.be.at.least(1);
        expect(Math.max(...ids)).to.be.at.most(255);
    });

    it("never changes for the same addresses, because nodes with different ids do not find each other", () => {
        expect(["10.0.1.1", "10.0.2.1", "192.168.7.20"].map(deriveVirtualRouterId)).to.deep.equal([13, 14, 133]);
    });
});
