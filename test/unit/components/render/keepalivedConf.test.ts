import { expect } from "chai";
import { readFileSync } from "fs";
import { join } from "path";
import { Timing } from "../../../../components";
import { keepalivedConf } from "../../../../components/render/keepalivedConf";
import type { PairSpec } from "../../../../components/spec/spec";
import { spec } from "../pairs";

const GOLDEN = join(__dirname, "golden");

const note = spec({ virtualIps: ["10.0.1.1"], service: "nginx.service" }, "nginx");
const bare = spec({ virtualIps: ["192.168.7.20"] });
const full = spec({
    virtualIps: ["10.0.1.20", "10.0.1.1", "10.0.1.9"],
    virtualRouterId: 255,
    timing: Timing.Fast,
    service: "postgresql@15-main.service",
    nodes: [
        { name: "db-a", address: "10.0.1.200" },
        { name: "db-b", address: "10.0.1.201" },
    ],
    checks: [
        { name: "writable", command: "psql -c 'select 1'", interval: 5, timeout: 4, rise: 1, fall: 2 },
        { name: "http_health", httpUrl: "http://127.0.0.1/health" },
    ],
});

const CASES: [string, PairSpec, number][] = [
    ["nginx0", note, 0],
    ["nginx1", note, 1],
    ["bare", bare, 0],
    ["full", full, 1],
];

// a test in test/e2e shows that keepalived accepts the golden files
describe("keepalived.conf", () => {
    for (const [name, pair, index] of CASES) {
        const conf = () => keepalivedConf(pair, pair.nodes[index], pair.nodes[1 - index]);

        it(`${name}: equals the reviewed file`, () => {
            expect(conf()).to.equal(readFileSync(join(GOLDEN, `${name}.conf`), "utf8"));
        });
    }

    it("names only the peer, never the node itself", () => {
        const conf = keepalivedConf(note, note.nodes[0], note.nodes[1]);
        expect(/unicast_peer \{([^}]*)\}/.exec(conf)?.[1].trim()).to.equal("10.0.1.3");
    });

    for (const [timing, seconds] of [
        [Timing.Fast, "0.2"],
        [Timing.Balanced, "0.5"],
        [Timing.Conservative, "1"],
    ]) {
        it(`${timing}: sends an advert every ${seconds} s`, () => {
            const pair = spec({ timing: timing as Timing });
            expect(keepalivedConf(pair, pair.nodes[0], pair.nodes[1])).to.include(`    advert_int ${seconds}\n`);
        });
    }
});
