import { expect } from "chai";
import { callApi, serverAction } from "../../../lab/stack/api";
import { NODES } from "../../../lab/stack/pair";
import { until } from "../../../lab/stack/until";
import { ownPair } from "../support/ownPair";

interface Machine {
    id: number;
    status: string;
    server_type: { name: string };
    location: { name: string };
    placement_group: { id: number } | null;
}

/** After errors of the cloud and changes by hand, `up` must not make anything worse, and must say what to do. */
describe("errors of the cloud, and changes by hand in the console", function () {
    this.timeout(300_000);
    const own = ownPair({ cloud: { latencyMs: 5, actionMs: 200 } });

    afterEach(() => own.well());

    const machine = async (node: string) =>
        (await callApi<{ servers: Machine[] }>(own.cloud, "GET", `/servers?name=${node}`)).servers[0];
    // the client keeps its own type in this checkout
    let wanted = "serverType,";
    const nodesType = (type: string) => {
        const next = `serverType: "${type}",`;
        own.edit("index.ts", `    ${wanted}\n    image,\n    packages:`, `    ${next}\n    image,\n    packages:`);
        wanted = next;
    };
    const failure = (run: Promise<string>) =>
        run.then(
            () => "it succeeded",
            (error: Error) => error.message,
        );
    const mark = async () => (await own.cloud.control.audit()).at(-1)?.seq ?? 0;
    const changes = async (since: number) =>
        (await own.cloud.control.audit(since)).filter(({ method, path }) => method !== "GET" && !/alias/.test(path));

    it("a server type that the cloud does not offer stops preview and up before any change", async () => {
        const since = await mark();
        nodesType("cx99");
        expect(await failure(own.pulumi(["preview", "--color", "never"]))).to.include(
            '"cx99" is not a server type of the cloud',
        );
        nodesType("cax11");
        expect(await failure(own.up())).to.include("cannot change it");
        nodesType("cx23");
        expect(await changes(since)).to.deep.equal([]);
    });

    it("both nodes stay in the placement group when they move into one location and back", async () => {
        const [before] = await Promise.all(NODES.map(machine));
        const group = before.placement_group?.id;
        expect(group).to.be.a("number");
        for (const location of ["nbg1", "fsn1"]) {
            await own.set({ nginx1Location: location });
            await own.up();
            const [first, second] = await Promise.all(NODES.map(machine));
            expect(second.location.name).to.equal(location);
            expect([first, second].map(({ placement_group }) => placement_group?.id)).to.deep.equal([group, group]);
            expect(first.id, "the other node is untouched").to.equal(before.id);
        }
    });

    it("a node that is off: preview and up name the command that starts it, and up succeeds when the node is on", async () => {
        const node = own.pair.other(await own.master());
        const { id } = await machine(node);
        await serverAction(own.cloud, node, "poweroff");
        const command = `hcloud server poweron ${id}`;
        expect(await own.pulumi(["preview", "--color", "never"])).to.include(command);
        expect(await failure(own.up())).to.include(command);
        expect(await failure(own.up("--refresh"))).to.include(command);
        await serverAction(own.cloud, node, "poweron");
    });

    it("a refused resize leaves a node off: up fails and says how to turn it on, until it is on", async () => {
        const fault = await own.cloud.control.addFault({
            kind: "error",
            status: 412,
            code: "resource_unavailable",
            match: { method: "POST", path: "change_type$" },
        });
        nodesType("cx33");
        const second = await machine(NODES[1]);
        const refused = await failure(own.up());
        expect(refused).to.include("resource_unavailable").and.include(`hcloud server poweron ${second.id}`);
        await own.cloud.control.removeFault(fault);
        nodesType("cx23");
        expect((await machine(NODES[1])).status).to.equal("off");
        expect(await failure(own.up())).to.include(`hcloud server poweron ${second.id}`);
        await serverAction(own.cloud, NODES[1], "poweron");
        await until("the server to run", 30_000, async () => (await machine(NODES[1])).status === "running");
        await own.up();
    });

    it("backups that were switched on by hand stay on, and the existing backups are kept", async () => {
        const { id } = await machine(NODES[0]);
        await callApi(own.cloud, "POST", `/servers/${id}/actions/enable_backup`);
        const idle = async () => {
            const { servers } = await callApi<{ servers: { locked: boolean; backup_window: string | null }[] }>(
                own.cloud,
                "GET",
                `/servers?name=${NODES[0]}`,
            );
            return !servers[0].locked && servers[0].backup_window !== null;
        };
        await until("backups to be on", 10_000, idle);
        await callApi(own.cloud, "POST", `/servers/${id}/actions/create_image`, { type: "backup" });
        const backups = async () =>
            (
                await callApi<{ images: { id: number; status: string }[] }>(
                    own.cloud,
                    "GET",
                    `/images?type=backup&bound_to=${id}`,
                )
            ).images;
        await until("a backup", 20_000, async () => (await backups())[0]?.status === "available" && (await idle()));
        const before = await backups();
        await own.up("--refresh");
        expect(await backups()).to.deep.equal(before);
        expect(await idle()).to.equal(true);
    });

    const HOST_KEY = "/etc/ssh/ssh_host_ed25519_key";
    const BOOTSTRAP_KEY = "/etc/ssh/ssh_host_ecdsa_key";
    const fingerprint = async (node: string) =>
        (await own.run(node, `ssh-keygen -lf ${HOST_KEY}.pub | cut -d ' ' -f 2`)).trim();

    it("the host key of the user data is useless after the first contact", async () => {
        for (const node of NODES) {
            expect(await own.run(node, `ls ${BOOTSTRAP_KEY}* 2>/dev/null || true`)).to.equal("");
            const shown = await own.run(node, "ssh-keyscan -t ecdsa,rsa 127.0.0.1 2>/dev/null || true");
            expect(shown.trim(), "what sshd shows beside its own key").to.equal("");
        }
    });

    it("a machine in between with another host key stops the update before any step, and the error names both keys", async () => {
        const [node, since] = [NODES[1], await mark()];
        const known = await fingerprint(node);
        const reload = "systemctl reload ssh";
        await own.run(node, `cp -a ${HOST_KEY} /etc/ssh/own; cp -a ${HOST_KEY}.pub /etc/ssh/own.pub; rm ${HOST_KEY}*`);
        await own.run(node, `ssh-keygen -q -t ed25519 -N '' -f ${HOST_KEY} && ${reload}`);
        const other = await fingerprint(node);
        await own.set({ timing: "conservative" });
        const said = await failure(own.up());
        expect(said).to.include(known).and.include(other).and.include("nodes[1].hostKey").and.include(node);
        expect(await changes(since)).to.deep.equal([]);
        await own.run(node, `mv /etc/ssh/own ${HOST_KEY}; mv /etc/ssh/own.pub ${HOST_KEY}.pub; ${reload}`);
        await own.set({ timing: "balanced" });
        await own.up();
    });

    it("the next update finds a rebuilt node and makes it a member again", async () => {
        const master = await own.master();
        const node = own.pair.other(master);
        const { id } = await machine(node);
        const before = await fingerprint(node);
        await callApi(own.cloud, "POST", `/servers/${id}/actions/rebuild`, { image: "debian-12" });
        await until("the bootstrap key of a fresh disk", 60_000, async () => {
            const shown = await own.run(node, "ssh-keyscan -t ecdsa 127.0.0.1 2>/dev/null").catch(() => "");
            return shown.includes("ecdsa");
        });
        const from = Date.now();
        await own.up("--refresh");
        expect(own.lostBetween(from, Date.now()), "ms without an answer").to.equal(0);
        expect((await machine(node)).id).to.equal(id);
        expect(await own.master()).to.equal(master);
        expect(await fingerprint(node))
            .to.match(/^SHA256:/)
            .and.not.equal(before);
        expect(await own.run(node, `ls ${BOOTSTRAP_KEY}* 2>/dev/null || true`)).to.equal("");
    });

    it("all of this has left nothing that a preview would change", async () => {
        await own.pulumi(["preview", "--expect-no-changes", "--color", "never"]);
    });
});
