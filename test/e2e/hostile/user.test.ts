import { expect } from "chai";
import { NODES } from "../../../lab/stack/pair";
import { until } from "../../../lab/stack/until";
import { tell } from "../support/askedPair";
import { asLocalUser, makeLocalUser, own } from "./support";

const RUN = "/run/failover-pair";

/** Attempts of a local user. Each must end with an exit code other than 0. */
const ATTEMPTS: Record<string, string> = {
    "reads the token": "cat /etc/failover-pair/token",
    "reads a check program": "cat /etc/failover-pair/checks/http",
    "reads the agent's memory": `cat /proc/$(systemctl show -p MainPID --value alias-switch)/environ`,
    "takes the agent's lock": `flock -n ${RUN}/agent/agent.lock true`,
    "takes the hook's lock": `flock -n ${RUN}/service.lock true`,
    "writes into keepalived's FIFO": `timeout 2 sh -c 'echo CLAIM >${RUN}/vrrp.fifo'`,
    "reads keepalived's FIFO": `timeout 2 cat ${RUN}/vrrp.fifo`,
    "speaks to the bridge": send(`${RUN}/bridge/bridge.sock`, "self"),
    "speaks to the agent": send(`${RUN}/agent/agent.sock`, "{}"),
    "drains the node": `echo 1 >${RUN}/drain`,
    "drains it by the agent's flag": `echo 1 >${RUN}/yield`,
    "takes the service for down": `echo 1 >${RUN}/service`,
    "asks for the NIC's care": `echo 1 >${RUN}/agent/nic-lost`,
    "asks for a restart of keepalived": `echo 1 >${RUN}/agent/nic-changed`,
    "plants a link in the run folder": `ln -s /etc/passwd ${RUN}/interface.new`,
    "plants a link in the agent's folder": `ln -s /etc/passwd ${RUN}/agent/agent.json.1.tmp`,
    "plants a link in the bridge's folder": `ln -s /etc/passwd ${RUN}/bridge/bridge.json.new`,
    "moves the agent's folder away": `mv ${RUN}/agent ${RUN}/gone`,
    "removes the bridge's socket": `rm -f ${RUN}/bridge/bridge.sock`,
    "kills the agent": "kill -9 $(systemctl show -p MainPID --value alias-switch)",
    "stops the bridge": "kill -STOP $(systemctl show -p MainPID --value failover-pair-bridge)",
    "restarts the agent": "systemctl --no-ask-password restart alias-switch",
    "restarts keepalived": "systemctl --no-ask-password restart keepalived",
    "starts the NIC's care": "systemctl --no-ask-password start failover-pair-nic.service",
    "starts keepalived's restart": "systemctl --no-ask-password start failover-pair-keepalived.service",
    "stops what watches the service": "systemctl --no-ask-password stop failover-pair-handover@nginx.service",
    "drains by the command": "alias-switch drain",
    "claims by the command": "alias-switch claim",
    "sets a token": "echo 0123456789abcdef0123 | alias-switch set-token",
};

function send(path: string, word: string): string {
    return `python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"${word}", "${path}")'`;
}

describe("a local user without rights on the nodes", function () {
    this.timeout(120_000);
    afterEach(() => own.well());
    before(makeLocalUser);

    it("fails with every attempt, and changes nothing", async () => {
        const master = await own.master();
        const pids = () =>
            Promise.all(
                NODES.map((node) =>
                    own.run(node, "systemctl show -p MainPID --value alias-switch keepalived failover-pair-bridge"),
                ),
            );
        const before = await pids();
        const got: string[] = [];
        for (const node of NODES) {
            for (const [what, script] of Object.entries(ATTEMPTS)) {
                const { exitCode, stdout } = await asLocalUser(node, script);
                if (exitCode === 0 || exitCode === 124) {
                    got.push(`${node}: ${what}: ${stdout}`);
                }
            }
        }
        expect(got).to.deep.equal([]);
        expect(await pids()).to.deep.equal(before);
        expect(await own.master()).to.equal(master);
    });

    it("cannot stop the agent from starting by locking all files and folders that they can open", async () => {
        const node = own.pair.other(await own.master());
        const one = "if [ -d $path ] || [ -f $path ]; then flock $path sleep 60 & fi";
        const held = asLocalUser(node, `for path in ${RUN} ${RUN}/* ${RUN}/*/*; do ${one}; done; wait`);
        const locked = () => own.exec(node, ["flock", "-n", RUN, "true"], { reject: false });
        await until("the locks to be held", 10_000, async () => (await locked()).exitCode !== 0);
        await own.run(node, "systemctl restart alias-switch");
        expect((await own.status(node)).agent).to.equal("running");
        await own.run(node, "pkill -u mallory sleep");
        await held;
    });

    it("cannot fake a running agent with a lock", async () => {
        const node = own.pair.other(await own.master());
        await own.run(node, "systemctl stop alias-switch");
        // not even if root holds it
        const held = own.exec(node, ["flock", `${RUN}/agent/agent.lock`, "sleep", "20"], { reject: false });
        const lock = () => own.exec(node, ["flock", "-n", `${RUN}/agent/agent.lock`, "true"], { reject: false });
        await until("the lock to be held", 10_000, async () => (await lock()).exitCode !== 0);
        await own.run(node, `echo 1 >${RUN}/agent/agent.lock`);
        expect((await own.status(node)).agent).to.equal("not running");
        await own.run(node, "pkill -x sleep");
        await held;
        await own.run(node, "systemctl start alias-switch");
    });

    it("the agent itself cannot command systemd, and has only its user's rights", async () => {
        const node = await own.master();
        const pid = await own.run(node, "systemctl show -p MainPID --value alias-switch");
        const inside = `nsenter -t ${pid} -m setpriv --reuid failover-agent --regid failover-agent --clear-groups --no-new-privs`;
        for (const order of ["restart keepalived", "start failover-pair-nic", "stop alias-switch", "daemon-reload"]) {
            const { exitCode } = await own.exec(node, ["sh", "-c", `${inside} systemctl --no-ask-password ${order}`], {
                reject: false,
            });
            expect(exitCode, order).to.not.equal(0);
        }
        const status = await own.run(node, `grep -E '^(Uid|CapEff|CapBnd|NoNewPrivs)' /proc/${pid}/status`);
        expect(status)
            .to.match(/CapEff:\t0+\n/)
            .and.match(/CapBnd:\t0+\n/)
            .and.not.match(/Uid:\t0/);
    });

    it("the token can be replaced without a restart and without a lost answer", async () => {
        const node = await own.master();
        const before = await own.run(node, "systemctl show -p MainPID --value alias-switch");
        const from = Date.now();
        const token = await own.run(node, "cat /etc/failover-pair/token");
        await own.exec(node, ["alias-switch", "set-token"], { input: token });
        await until("the agent to have read it", 10_000, async () =>
            (await own.run(node, `journalctl -u alias-switch --since=@${Math.floor(from / 1000)}`)).includes(
                "replaced",
            ),
        );
        expect(await own.run(node, "stat -c '%U %a' /etc/failover-pair/token")).to.equal("failover-agent 400");
        expect(await own.run(node, "systemctl show -p MainPID --value alias-switch")).to.equal(before);
        expect(own.lostBetween(from, Date.now())).to.equal(0);
    });

    it("a failover still works afterwards", async () => {
        const master = await own.master();
        const outage = await own.client.during(() => own.exec(master, ["systemctl", "kill", "-s", "KILL", "nginx"]), {
            mustMove: true,
        });
        tell(`${outage.outageMs} ms, ${outage.lost} lost`);
        expect(outage.after).to.equal(own.pair.other(master));
        await own.run(master, "systemctl restart nginx");
    });
});
