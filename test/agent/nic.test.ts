import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import execa from "execa";
import { until } from "../../lab/stack/until";
import { Namespace } from "../../lab/agent/namespace";

const CARE = join(__dirname, "..", "..", "scripts", "nic-care");
const ADDRESS = "10.0.1.2";
const PEER = "10.0.1.3";
/** The address of another NIC, which nic-care must not change. */
const OTHER = "10.0.9.9";
const PORT = 8099;

interface Link {
    address: string;
    flags: string[];
    mtu: number;
    addr_info: { local: string }[];
}

describe("a private NIC that the image does not configure", function () {
    this.timeout(40_000);
    const namespace = new Namespace(`care-${process.pid}`, [ADDRESS, OTHER]);
    const folder = mkdtempSync(join(tmpdir(), "failover-pair-"));
    let metadata: execa.ExecaChildProcess;

    const inside = (words: string[], options?: execa.Options) =>
        execa("ip", ["netns", "exec", namespace.name, ...words], options);
    const link = async () => (JSON.parse((await inside(["ip", "-j", "address", "show", "nic0"])).stdout) as Link[])[0];

    before(async () => {
        await namespace.open();
        mkdirSync(join(folder, "bin"));
        // no networkd, no ifupdown and no DHCP client
        for (const name of ["systemctl", "ifquery", "dhclient"]) {
            writeFileSync(join(folder, "bin", name), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
        }
        writeFileSync(
            join(folder, "config.json"),
            JSON.stringify({ address: ADDRESS, peerAddress: PEER, metadata: `http://127.0.0.1:${PORT}` }),
        );
        const network = {
            ip: ADDRESS,
            mac_address: (await link()).address,
            network: "10.0.0.0/16",
            gateway: "10.0.0.1",
        };
        const lines = Object.entries(network).map(([name, value]) => `${name}: ${value}`);
        writeFileSync(join(folder, "private-networks"), `- ${lines.join("\n  ")}\n`);
        metadata = inside(["python3", "-m", "http.server", "-d", folder, "-b", "127.0.0.1", String(PORT)], {
            reject: false,
            stdio: "ignore",
        });
        await until("the metadata service to answer", 10_000, async () => {
            const words = ["bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/${PORT}`];
            return (await inside(words, { reject: false })).exitCode === 0;
        });
    });
    after(async () => {
        metadata?.kill();
        await metadata;
        await namespace.close();
        rmSync(folder, { recursive: true });
    });

    for (const [what, break_] of [
        ["has lost its address", ["address flush dev nic0"]],
        ["was down for a moment and has lost its routes", ["link set nic0 down", "link set nic0 up"]],
        ["is down, without an address and without routes", ["address flush dev nic0", "link set nic0 down"]],
    ] as const) {
        it(`gets its address and routes back if it ${what}`, async () => {
            await namespace.ip([...break_]);
            const PATH = `${join(folder, "bin")}:${process.env.PATH}`;
            const { exitCode } = await inside([CARE, join(folder, "config.json")], { env: { PATH } });
            const { flags, mtu, addr_info: addresses } = await link();
            expect([exitCode, flags.includes("UP"), mtu]).to.deep.equal([0, true, 1450]);
            expect(addresses.map(({ local }) => local)).to.include(ADDRESS);
            const { stdout } = await inside(["ip", "route", "show", "dev", "nic0"]);
            expect(stdout.split("\n").map((line) => line.trim())).to.have.members([
                "10.0.0.1 scope link",
                "10.0.0.0/16 via 10.0.0.1",
            ]);
        });
    }
});
