import { expect } from "chai";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { saveCloud, startCloud, stopCloud, type Cloud } from "../../lab/cloud";
import { instance } from "../../lab/cloud/instance";
import { leftovers } from "../../lab/cloud/teardown";
import { callApi, holders, serverAction, type ApiServer } from "../../lab/stack/api";
import { until } from "../../lab/stack/until";
import { bootServers, sshTo, type Booted } from "./support/servers";
import { VIP } from "../../lab/stack/pair";

const NAME = `kept${process.pid}`;
const COPIES = [`${NAME}a`, `${NAME}b`];
const QUICK = { latencyMs: 5, actionMs: 100, log: () => undefined };

/** What is of the server, and not of its boot. */
const IDENTITY = "cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub /var/lib/mine";

describe("a saved cloud", function () {
    this.timeout(120_000);
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-saved-"));
    const saved = path.join(folder, "cloud");
    let servers: Booted;
    let then: { identity: string; listed: ApiServer[]; lastId: number };
    let copies: Cloud[] = [];

    const sh = async (cloud: Cloud, server: string, script: string) =>
        (await cloud.exec(server, ["sh", "-euc", script], { timeout: 60_000 })).stdout;
    const answersSsh = (copy: Cloud, server: string) =>
        until(`${server} to answer SSH`, 60_000, async () => {
            const keyFile = path.join(copy.dir, path.basename(servers.keyFile));
            return !(await sshTo(copy, { ...servers, keyFile }, server, "true")).failed;
        });
    const list = async (cloud: Cloud) => (await callApi<{ servers: ApiServer[] }>(cloud, "GET", "/servers")).servers;
    const newId = async (cloud: Cloud, name: string) => {
        const group = { name, type: "spread" };
        type Answer = { placement_group: { id: number } };
        return (await callApi<Answer>(cloud, "POST", "/placement_groups", group)).placement_group.id;
    };
    const isOff = async (cloud: Cloud, name: string) =>
        (await list(cloud)).find((server) => server.name === name)?.status === "off";

    before(async function () {
        // the first time it builds the servers' root file system
        this.timeout(10 * 60_000);
        const cloud = await startCloud({ ...QUICK, name: NAME });
        servers = await bootServers(cloud, { a: "10.0.1.2", b: "10.0.1.3" });
        const alias = { network: servers.network, alias_ips: [VIP] };
        await callApi(cloud, "POST", `/servers/${servers.ids.a}/actions/change_alias_ips`, alias);
        await until("the alias", 10_000, async () => (await holders(cloud, VIP)).join() === "a");
        await serverAction(cloud, "b", "poweroff");
        await until("b to be off", 10_000, () => isOff(cloud, "b"));
        const identity = await sh(cloud, "a", `echo first >/var/lib/mine; rm /etc/motd; ${IDENTITY}`);
        then = { identity, lastId: await newId(cloud, "first"), listed: await list(cloud) };
        await saveCloud(cloud, saved);
    });

    after(async function () {
        this.timeout(120_000);
        await Promise.all([NAME, ...COPIES].map((name) => stopCloud(name)));
        fs.rmSync(folder, { recursive: true });
    });

    it("is closed completely, and only its user can read the saved files", () => {
        expect(leftovers(instance(NAME))).to.deep.equal([]);
        expect(fs.statSync(saved).mode & 0o777).to.equal(0o700);
        expect(fs.statSync(path.join(saved, "token")).mode & 0o777).to.equal(0o600);
    });

    it("continues in two copies side by side, with the same servers, disks, keys and aliases, switched on as before", async () => {
        copies = await Promise.all(COPIES.map((name) => startCloud({ ...QUICK, name, from: saved })));
        for (const copy of copies) {
            await answersSsh(copy, "a");
            expect(await sh(copy, "a", IDENTITY)).to.equal(then.identity);
            expect(await sh(copy, "a", "ls /etc/motd 2>&1 || true")).to.contain("No such file");
            expect(await list(copy)).to.deep.equal(then.listed);
            expect(await holders(copy, VIP)).to.deep.equal(["a"]);
            expect(await isOff(copy, "b")).to.equal(true);
            expect(await newId(copy, "later")).to.be.greaterThan(then.lastId);
        }
    });

    it("delivers packets to the alias in a copy, and can move the alias there", async () => {
        const [copy] = copies;
        await serverAction(copy, "b", "poweron");
        await answersSsh(copy, "b");
        const answers = async () => !(await copy.exec("b", ["ping", "-c1", "-W1", VIP], { reject: false })).failed;
        await sh(copy, "a", `ip address replace ${VIP}/32 dev enp7s0`);
        await until("the alias to deliver", 20_000, answers);
        const none = { network: servers.network, alias_ips: [] };
        await callApi(copy, "POST", `/servers/${servers.ids.a}/actions/change_alias_ips`, none);
        await until("the alias to deliver no more", 20_000, async () => !(await answers()));
        expect(await holders(copies[1], VIP)).to.deep.equal(["a"]);
    });

    it("is not changed by what a copy writes, nor is the other copy", async () => {
        const [one, other] = copies;
        await sh(one, "a", "echo second >/var/lib/mine");
        expect(await sh(other, "a", "cat /var/lib/mine")).to.equal("first");
        const upper = path.join(saved, "servers", String(servers.ids.a), "upper");
        expect(fs.readFileSync(path.join(upper, "var", "lib", "mine"), "utf8")).to.equal("first\n");
    });

    it("does not appear in a server that is rebuilt in a copy", async () => {
        const [copy] = copies;
        await callApi(copy, "POST", `/servers/${servers.ids.a}/actions/rebuild`, { image: "debian-12" });
        const mine = () => copy.exec("a", ["cat", "/etc/motd", "/var/lib/mine"], { reject: false });
        await until("a fresh disk", 60_000, async () => (await mine()).stderr.includes("/var/lib/mine: No such file"));
        expect((await mine()).stderr).to.not.contain("/etc/motd");
    });

    it("cannot be made from a copy, which continues", async () => {
        const [, copy] = copies;
        const error = await saveCloud(copy, path.join(folder, "again")).catch((thrown: Error) => thrown.message);
        expect(error).to.contain("is a copy of a saved one");
        expect(await sh(copy, "a", "hostname")).to.equal("a");
    });

    it("is kept when its copies end", async () => {
        await Promise.all(copies.map((copy) => copy.down()));
        expect(COPIES.flatMap((name) => leftovers(instance(name)))).to.deep.equal([]);
        expect(fs.existsSync(path.join(saved, "servers", String(servers.ids.b), "upper", "etc"))).to.equal(true);
    });
});
