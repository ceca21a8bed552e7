import { expect } from "chai";
import { doctor } from "../../../cli/commands/doctor";
import { diagnose, worst } from "../../../cli/doctor/diagnose";
import { type Exam, type Examined, expectedDigests } from "../../../cli/doctor/exam";
import { mirrored } from "../../../cli/doctor/software";
import { FakePair } from "./fakePair";
import { healthy, listening, SESSION } from "./exams";
import { backup, NODES, NOW, report } from "./reports";

const LIB = "/usr/local/lib/failover-pair";

function pair(change: (a: Exam, b: Exam) => void = () => undefined, offsets: number[] = [0.01, 0.02]): Examined[] {
    const exams = [healthy(0), healthy(1)];
    change(exams[0], exams[1]);
    return exams.map((exam, index) => ({ node: NODES[index], exam, error: null, clockOffset: offsets[index] }));
}

const diagnosed = (examined: Examined[]) => diagnose(examined, expectedDigests, NOW);
const bad = (examined: Examined[]) => diagnosed(examined).filter(({ level }) => level > 0);

/** A fault: its name, the check that finds it, the level, the finding, and what to do. */
const CASES: [string, (a: Exam, b: Exam) => void, string, 1 | 2, RegExp, RegExp][] = [
    [
        "a missing NIC",
        (a) => (a.status = report({ interface: null })),
        "nic",
        2,
        /web0: no NIC has .* 10\.0\.1\.2/,
        /networkctl/,
    ],
    [
        "a check that keepalived refuses to run",
        (_, b) => (b.status = backup({ refused: { http: "others than root may write to /usr: chmod go-w /usr" } })),
        "units",
        2,
        /web1: keepalived does not run the check http: .*chmod go-w \/usr/,
        /systemctl restart keepalived/,
    ],
    [
        "track files that keepalived does not watch",
        (a) => (a.status = report({ watched: false })),
        "units",
        2,
        /web0: keepalived does not watch its track files/,
        /max_user_instances/,
    ],
    [
        "another NIC than keepalived's",
        (_, b) => (b.keepalivedConf = b.keepalivedConf!.replaceAll("enp7s0", "eth1")),
        "nic",
        2,
        /web1: keepalived is configured for eth1, but 10\.0\.1\.3 is on enp7s0/,
        /pulumi up --target-replace '\*\*::web1-keepalived'/,
    ],
    [
        "a firewall on the node",
        (_, b) => (b.adverts = { sent: 0, arrived: 7, delivered: 0 }),
        "vrrp",
        2,
        /7 adverts from 10\.0\.1\.2 arrived, but the firewall of web1 dropped them/,
        /on web1: nft list ruleset; accept protocol vrrp/,
    ],
    [
        "a network that drops adverts",
        (_, b) => (b.adverts = { sent: 0, arrived: 0, delivered: 0 }),
        "vrrp",
        2,
        /web0 sent 7 adverts, but none arrived at web1/,
        /on web1: ping 10\.0\.1\.2/i,
    ],
    [
        "adverts that do not arrive at MASTERs that have agreed who serves",
        (a) => (a.status = { ...report(), hearsVrrp: false }),
        "vrrp",
        2,
        /web0 became MASTER although its peer was MASTER, whose adverts do not reach it/,
        /on web0: nft list ruleset; accept protocol vrrp \(112\) from 10\.0\.1\.3/,
    ],
    [
        "a pair without adverts",
        (a, b) => (a.adverts = b.adverts = { sent: 0, arrived: 0, delivered: 0 }),
        "vrrp",
        2,
        /no node sends adverts/,
        /failover status/,
    ],
    [
        "a read-only token",
        (_, b) => (b.tokenCheck = { code: 1, said: "this token may only read" }),
        "token",
        2,
        /web1: this token may only read/,
        /pulumi config set --secret/,
    ],
    [
        "an API that does not answer",
        (a) => (a.tokenCheck = { code: 2, said: "the token could not be checked: timeout" }),
        "token",
        1,
        /web0: the token could not be checked/,
        /curl/,
    ],
    ["a missing token", (a) => (a.tokenFile = null), "token", 2, /there is no token file/, /pulumi up/],
    [
        "a token that all users can read",
        (a) => (a.tokenFile!.mode = "0644"),
        "token",
        2,
        /mode 0644/,
        /chmod 0400.*new token/,
    ],
    [
        "a token file of another owner",
        (a) => (a.tokenFile!.owner = "root"),
        "token",
        2,
        /owner root/,
        /chown failover-agent/,
    ],
    [
        "a changed file",
        (a) => (a.digests = { ...a.digests, [`${LIB}/alias-switch`]: "0".repeat(64) }),
        "files",
        1,
        /^web0: changed or missing: \/usr\/local\/lib\/failover-pair\/alias-switch$/,
        /pulumi up --target-replace '\*\*::web0-agent'/,
    ],
    [
        "another version of the package",
        (a, b) => (a.digests = b.digests = { ...a.digests, [`${LIB}/alias-switch`]: "0".repeat(64) }),
        "files",
        1,
        /both nodes have other versions of .*alias-switch/,
        /pulumi up with this version/,
    ],
    [
        "a configuration changed by hand",
        (a) => (a.keepalivedConf = a.keepalivedConf!.replace("10.0.1.1/32", "10.0.1.9/32")),
        "config",
        1,
        /do not match: "10\.0\.1\.9\/32 dev NIC" and "10\.0\.1\.1\/32 dev NIC"/,
        /-keepalived'/,
    ],
    [
        "a configuration that keepalived refuses",
        (a) => (a.confCheck = { code: 1, said: "(line 3) Unknown keyword" }),
        "config",
        2,
        /web0: keepalived refuses its configuration: \(line 3\) Unknown keyword/,
        /web0-keepalived/,
    ],
    [
        "a configuration of another server",
        (a) => (a.config!.serverId = 99),
        "config",
        2,
        /server 99, but the stack has/,
        /pulumi/,
    ],
    [
        "different keepalived versions",
        (a) => (a.keepalivedVersion = "v2.3.1"),
        "versions",
        1,
        /v2\.3\.1/,
        /only-upgrade/,
    ],
    [
        "a unit that does not start at boot",
        (a) => (a.enabled.keepalived = "disabled"),
        "units",
        2,
        /not start at boot/,
        /systemctl enable/,
    ],
    ["another failed unit", (a) => (a.failedUnits = ["cron.service"]), "units", 1, /failed: cron\.service/, /--failed/],
    [
        "a disk with little room",
        (_, b) => (b.disks[0].free = 1e9),
        "disk",
        1,
        /web1: \/ has 1000 MB of 20000 MB/,
        /du -xh/,
    ],
    ["a full disk", (_, b) => (b.disks[0].filesFree = 10), "disk", 2, /10 files free/, /vacuum/],
    [
        "a changed kernel setting",
        (a) => (a.nonlocalBind = "0"),
        "settings",
        1,
        /ip_nonlocal_bind is 0/,
        /sysctl --system/,
    ],
    [
        "a silent metadata service",
        (a) => (a.status = report({ holderByMetadata: null })),
        "settings",
        1,
        /web0: the metadata service does not answer/,
        /curl/,
    ],
    [
        "another unit at the service's port",
        (_, b) => b.sockets!.push(listening({})),
        "ports",
        2,
        /web1: python3 \(process 4711, user 1000, \/system\.slice\/other\.service\) listens at 0\.0\.0\.0, port 80\/tcp, in place/,
        /kill 4711/,
    ],
    [
        "a user's process on the virtual IP, at an unknown port",
        (a) => a.sockets!.push(listening({ address: "10.0.1.1", port: "9999/tcp", cgroup: SESSION })),
        "ports",
        2,
        /web0: python3 .* listens at 10\.0\.1\.1, port 9999\/tcp/,
        /systemd socket unit/,
    ],
];

describe("doctor", () => {
    it("finds nothing wrong with a healthy pair, and lists its checks", () => {
        const found = diagnosed(pair());
        expect(found.filter(({ level, way }) => level > 0 || way !== null)).to.deep.equal([]);
        expect(worst(found)).to.equal(0);
        const checks = "state clock nic vrrp token files config versions units disk settings ports".split(" ");
        expect([...new Set(found.map(({ check }) => check))]).to.deep.equal(checks);
    });

    for (const [what, change, check, level, text, way] of CASES) {
        it(`finds ${what}, and nothing else, and prints what to do about it`, async () => {
            const examined = pair(change);
            const found = bad(examined);
            expect(found.map((finding) => [finding.check, finding.level])).to.deep.equal([[check, level]]);
            expect(found[0].text).to.match(text);
            expect(found[0].way).to.match(way);
            const fake = new FakePair();
            fake.exam = (index) => examined[index].exam;
            const { code, printed } = await fake.failover(doctor);
            expect(code).to.equal(level);
            expect(printed)
                .to.contain(found[0].text)
                .and.contain(`→ ${found[0].way}`)
                .and.match(/1 found$/);
        });
    }

    it("finds stopped units, and the state that results from them", () => {
        const down = { service: "inactive", verdict: "the service is inactive", exit: 2 } as const;
        const found = bad(pair((_, b) => (b.status = backup({ ...down, keepalived: "failed", drained: true }))));
        expect(found.map(({ check, text }) => `${check}: ${text}`)).to.deep.equal([
            "state: web0 serves, but web1 could not take over (web1: the service is inactive)",
            "units: web1: keepalived.service is failed",
            "units: web1: nginx.service is inactive",
            "units: web1 is drained and refuses to be MASTER",
        ]);
    });

    it("finds clocks that differ from each other or from this machine's", () => {
        const [apart] = bad(pair(undefined, [0.01, -3.2]));
        expect(apart.text).to.contain("3.2 s apart (from here: web0 +0.01 s, web1 −3.20 s)");
        expect(apart.way).to.contain("on web1: timedatectl set-ntp true");
        const [here] = bad(pair(undefined, [60.1, 60.2]));
        expect(here.text).to.contain(
            "the nodes' clocks agree with each other, but not with this machine's: web0 +60.10 s",
        );
    });

    it("examines the node that answers, and says how to reach the other one", () => {
        const [a, b] = pair();
        const error = "web1 (root@198.51.100.3) cannot be reached: Connection refused";
        const found = bad([a, { ...b, exam: null, clockOffset: null, error }]);
        expect(found.map(({ check }) => check)).to.deep.equal(["ssh", "state"]);
        expect(found[0]).to.include({ text: error, level: 2 });
        expect(found[0].way)
            .to.contain("ssh -v root@198.51.100.3")
            .and.match(/Then: hcloud server poweron (43|web1)\./);
    });

    it("tells a rebuilt node from an unreachable one, and says how it becomes a member again", () => {
        const [a, b] = pair();
        const error =
            "web1 (root@…) cannot be reached: Host key verification failed. Either it is another machine, or …";
        const [found] = bad([a, { ...b, exam: null, clockOffset: null, error }]);
        expect(found).to.include({ check: "ssh", level: 2 });
        expect(found.text).to.contain("web1 has another SSH host key: the server was rebuilt");
        expect(found.way).to.contain("pulumi up --refresh");
    });

    it("ignores in two configurations only the differences that must be there", () => {
        expect(mirrored(healthy(0))).to.deep.equal(mirrored(healthy(1)));
        expect(mirrored(healthy(0)).join("\n"))
            .to.contain("unicast_src_ip SELF")
            .and.contain("PEER")
            .and.contain("10.0.1.1/32");
    });
});
