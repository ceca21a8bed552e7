import { expect } from "chai";
import * as fs from "fs";
import * as path from "path";
import { listServers } from "../../lab/stack/api";
import { ownPair } from "./support/ownPair";
import { ROOT } from "./support/paths";

const STATES = path.join(ROOT, "test", "unit", "components", "golden", "states");

interface Exported {
    deployment: { resources: { urn: string; parent?: string }[] };
}

/** The URNs in the state of that release, by the type and the name after "nginx" of each resource. */
function former(version: string): Map<string, string> {
    const states = JSON.parse(fs.readFileSync(path.join(STATES, `${version}.json`), "utf8")) as Record<
        string,
        { urn: string }[]
    >;
    const urns = Object.values(states).flatMap((resources) => resources.map(({ urn }) => urn));
    return new Map(urns.map((urn) => [keyOf(urn), urn.replace(/::web([^:]*)$/, "::nginx$1")]));
}

/** The last type, and the name without the pair's own. */
const keyOf = (urn: string) => urn.replace(/^.*\$/, "").replace(/::(web|nginx)/, "::PAIR");

/** The state as that release would have left it: with its own names, and without components that it did not have. */
function asOf(version: string, { deployment, ...rest }: Exported): Exported {
    const old = former(version);
    const renamed = new Map<string, string>();
    const dropped = new Map<string, string>();
    for (const { urn, parent } of deployment.resources) {
        const [, stack, own] = /^(urn:pulumi:[^:]+::[^:]+::)(.*)$/.exec(urn) ?? [];
        const before = own?.startsWith("failover-pair:") ? old.get(keyOf(own)) : undefined;
        if (before !== undefined) {
            renamed.set(urn, `${stack}${before}`);
        } else if (own?.startsWith("failover-pair:")) {
            dropped.set(urn, parent!);
        }
    }
    const resources = deployment.resources
        .filter(({ urn }) => !dropped.has(urn))
        .map((each) => ({ ...each, parent: dropped.get(each.parent ?? "") ?? each.parent }));
    const known = [...renamed].sort(([one], [other]) => other.length - one.length);
    const text = JSON.stringify({ ...rest, deployment: { ...deployment, resources } });
    return JSON.parse(
        known.reduce((all, [now, before]) => all.replaceAll(`"${now}"`, `"${before}"`), text),
    ) as Exported;
}

describe("an update from an older release", function () {
    this.timeout(300_000);
    const own = ownPair();

    it("this release itself: in a copy of its pair, up and refresh change nothing", async () => {
        await own.up("--refresh", "--expect-no-changes");
        const [master] = await own.pair.masters();
        expect(await own.pair.roles()).to.deep.equal({ masters: [master], holder: master });
    });

    for (const version of fs.readdirSync(STATES).map((file) => path.parse(file).name)) {
        it(`${version} replaces nothing, runs nothing and loses no answer`, async () => {
            const now = JSON.parse(await own.pulumi(["stack", "export"])) as Exported;
            const before = asOf(version, now);
            expect(before.deployment.resources.length).to.be.lessThan(now.deployment.resources.length);
            await own.pulumi(["stack", "import"], JSON.stringify(before));
            const servers = (await listServers(own.cloud)).map(({ id }) => id);
            const from = Date.now();

            const preview = await own.pulumi(["preview", "--color", "never"]);
            const said = await own.up();
            const made = now.deployment.resources.length - before.deployment.resources.length;
            // the summary leaves providers out
            const kept = before.deployment.resources.filter(({ urn }) => !urn.includes("::pulumi:providers:"));
            for (const each of [preview, said]) {
                expect(each).to.match(new RegExp(`\\+ ${made} (to create|created)`));
                expect(each).to.match(new RegExp(`^ +${kept.length} unchanged`, "m"));
                expect(each).to.not.match(/^ +[~+-]+ ?\d+ (to )?(update|replace|delete)/m);
            }
            await own.client.steady("the address to answer", 30_000, 10);
            expect(own.lostBetween(from, Date.now())).to.equal(0);
            expect((await listServers(own.cloud)).map(({ id }) => id)).to.deep.equal(servers);
            await own.up("--expect-no-changes");
            const after = JSON.parse(await own.pulumi(["stack", "export"])) as Exported;
            const urns = ({ deployment }: Exported) => deployment.resources.map(({ urn }) => urn).sort();
            expect(urns(after)).to.deep.equal(urns(now));
            expect(await own.pair.masters()).to.have.length(1);
        });
    }
});
