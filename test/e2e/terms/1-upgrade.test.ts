import { expect } from "chai";
import { NODES } from "../../../lab/stack/pair";
import { ONE_SWITCHOVER, onDayTwo, staysAsSet, type DayTwo } from "../support/dayTwo";

const PACKAGES = `packages: ["nginx-light"`;

/** The installed package with another version number. Its files are written again, as in any upgrade. */
const OFFER = `
    cd /opt/packages
    dpkg-deb -R keepalived_*.deb /tmp/keepalived
    sed -i 's/^Version: .*/&+day2/' /tmp/keepalived/DEBIAN/control
    dpkg-deb -b /tmp/keepalived keepalived-day2.deb >/dev/null
    { dpkg-deb --field keepalived-day2.deb
      printf 'Filename: ./keepalived-day2.deb\\nSize: %s\\nSHA256: %s\\n\\n' \
        "$(stat -c %s keepalived-day2.deb)" "$(sha256sum keepalived-day2.deb | cut -d ' ' -f 1)"; } >>Packages
`;

describe("day two: another version of keepalived", function () {
    this.timeout(300_000);
    let day: DayTwo;

    onDayTwo((made) => (day = made));
    staysAsSet(() => day);

    const version = (node: string) => day.pair.run(node, "dpkg-query --show --showformat '${Version}' keepalived");

    /** Whether the running keepalived is the installed one. */
    const runsIt = async (node: string) =>
        (await day.pair.run(node, "readlink /proc/$(systemctl show -P MainPID keepalived)/exe")) ===
        "/usr/sbin/keepalived";

    it("costs one switchover for the upgrade, and one for the downgrade", async () => {
        await day.masterIs("nginx0");
        await Promise.all(NODES.map((node) => day.pair.run(node, OFFER)));
        const old = await version("nginx0");
        for (const wanted of [`${old}+day2`, old]) {
            const named = `${PACKAGES}, "keepalived=${wanted}"`;
            await day.masterIs("nginx0");
            day.edit("index.ts", PACKAGES, named);
            const { outageMs, promoted } = await day.cost(`keepalived ${wanted}, and the alias follows`, async () => {
                const output = await day.up();
                await day.pair.run("nginx1", "alias-switch claim");
                return output;
            });
            expect(promoted).to.deep.equal(["nginx1"]);
            expect(outageMs).to.be.lessThan(ONE_SWITCHOVER);
            expect(await Promise.all(NODES.map(version))).to.deep.equal([wanted, wanted]);
            expect(await Promise.all(NODES.map(runsIt))).to.deep.equal([true, true]);
            day.edit("index.ts", named, PACKAGES);
        }
        await day.unnoticed("no version named", () => day.up());
    });
});
