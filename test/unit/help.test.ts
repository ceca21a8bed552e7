import { expect } from "chai";
import execa from "execa";
import * as path from "path";
import { asksForHelp } from "../../cli/options";
import { tsxArgs } from "../../lab/cloud/tsx";
import { helpOf, programs, ROOT } from "./programHelp";

describe("--help", function () {
    this.timeout(120_000);

    it("of every program prints its purpose and its usage, and does nothing else", async () => {
        expect(programs()).to.include.members([
            "demo",
            "cloud",
            "test",
            "soak",
            "bench",
            "picture",
            "schema",
            "advisories",
        ]);
        const help = programs().map(async (name) => {
            const command = name === "test" ? "npm test" : `npm run ${name}`;
            expect(await helpOf(name)).to.match(new RegExp(`^[A-Z].*\\.[^]*\n  ${command}\\b.* -- `));
        });
        await Promise.all(help);
    });

    it("of failover and of each of its commands names every option", async () => {
        const failover = (...words: string[]) =>
            execa(process.execPath, [...tsxArgs(path.join(ROOT, "cli", "main.ts")), ...words, "--help"]);
        const { stdout } = await failover();
        const listed = [...stdout.matchAll(/^ {2}([a-z]+) {2}/gm)].map(([, name]) => name);
        expect(listed).to.deep.equal(["status", "switchover", "drill", "logs", "doctor"]);
        const own: Record<string, RegExp> = {
            status: /--stack NAME/,
            switchover: /--dry-run /,
            drill: /--client TARGET [^]*keepalived-stop [^]*crash .*\(if named\)/,
            logs: /-f, --follow /,
            doctor: /-i, --identity FILE/,
        };
        const helps = listed.map(async (name) => {
            const help = (await failover(name)).stdout;
            expect(help)
                .to.match(new RegExp(`^usage: failover ${name} .*\\[OPTIONS\\]\n`))
                .and.match(own[name]);
            expect(help).to.match(/-o, --ssh-option NAME=VALUE [^]*-h, --help [^]*exit codes: 0/);
        });
        await Promise.all(helps);
    });

    it("is not taken from the words of a command that a program is to run", () => {
        expect(asksForHelp(["exec", "web0", "--", "ls", "--help"])).to.equal(false);
        expect(asksForHelp(["status", "-h"])).to.equal(true);
    });
});
