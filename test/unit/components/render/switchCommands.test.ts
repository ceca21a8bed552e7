import { expect } from "chai";
import { spawnSync } from "child_process";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { switchCommands } from "../../../../components/render/switchCommands";

const NODES = [
    { name: "web0", serverId: 11 },
    { name: "web1", serverId: 12 },
];

/**
 * A stand-in for `hcloud`, with a list of aliases by server and network in files. It supports only those of Go's
 * templates that the command uses: a range over the aliases.
 */
const HCLOUD = `#!/usr/bin/env python3
import os, re, sys
here, words = os.path.dirname(os.path.abspath(__file__)), sys.argv[1:]
assert words[0] == "server", words
if words[1] == "describe":
    server, template = words[2], words[4]
    assert words[3] == "-o" and template.startswith("format="), words
    # the original reads the option as CSV
    if "," in template or '"' in template:
        sys.exit("hcloud: template: :1: unterminated quoted string")
    if not os.path.exists(os.path.join(here, server)):
        sys.exit("hcloud: server not found: %s" % server)
    network = re.search(r"eq \\.Network\\.ID (\\d+)", template).group(1)
    ours = re.findall(r"eq \\(print \\.\\) \`([\\d.]+)\`", template)
    lines = [line.split() for line in open(os.path.join(here, server))]
    kept = [alias for line in lines if line[0] == network for alias in line[1:] if alias not in ours]
    print("".join("," + alias for alias in kept))
else:
    assert words[1:3] == ["change-alias-ips", "--network"] and len(words) == 6, words
    network, wanted, server = words[3:]
    aliases = [] if wanted == "--clear" else wanted.removeprefix("--alias-ips=").split(",")
    assert all(re.fullmatch(r"[\\d.]+", alias) for alias in aliases), words
    file = os.path.join(here, server)
    lines = [line for line in open(file).read().splitlines() if line.split()[0] != network]
    open(file, "w").write("\\n".join(lines + [" ".join([network] + aliases)]) + "\\n")
    open(os.path.join(here, "order"), "a").write(server + " ")
`;

describe("switchCommands", function () {
    // each command is run by a shell with a stand-in for hcloud
    this.timeout(60_000);

    let folder: string;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "switch-commands-"));
        fs.writeFileSync(path.join(folder, "hcloud"), HCLOUD, { mode: 0o755 });
    });

    afterEach(() => fs.rmSync(folder, { recursive: true }));

    /**
     * Runs the command that makes web0 the holder, with these aliases on the servers. @returns the aliases afterwards
     */
    function run(shell: string, vips: string[], before: Record<string, string | undefined>) {
        for (const [server, aliases] of Object.entries(before)) {
            if (aliases !== undefined) {
                fs.writeFileSync(path.join(folder, server), aliases);
            }
        }
        const command = switchCommands(7, vips, NODES).web0;
        const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
        const { status, stderr } = spawnSync(shell, ["-c", command], { env, encoding: "utf8" });
        const read = (file: string) =>
            fs.existsSync(path.join(folder, file)) ? fs.readFileSync(path.join(folder, file), "utf8") : undefined;
        return { status, stderr, web0: read("11"), web1: read("12"), order: read("order") };
    }

    for (const shell of ["sh", "bash"]) {
        it(`keep all other aliases on both servers, in ${shell}`, () => {
            const before = { 11: "9 10.9.0.8\n7 10.0.1.50\n", 12: "7 10.0.1.1 10.0.1.60 10.0.1.61\n9 10.0.1.1\n" };
            const after = run(shell, ["10.0.1.1"], before);
            expect(after).to.deep.equal({
                status: 0,
                stderr: "",
                web0: "9 10.9.0.8\n7 10.0.1.1 10.0.1.50\n",
                web1: "9 10.0.1.1\n7 10.0.1.60 10.0.1.61\n",
                order: "12 11 ",
            });
        });
    }

    it("move several virtual IPs, and can be repeated", () => {
        const before = { 11: "7\n", 12: "7 10.0.1.9 10.0.1.1\n" };
        const once = run("sh", ["10.0.1.1", "10.0.1.9"], before);
        expect(once).to.include({ status: 0, web0: "7 10.0.1.1 10.0.1.9\n", web1: "7\n" });
        const twice = run("sh", ["10.0.1.1", "10.0.1.9"], {});
        expect(twice).to.include({ status: 0, web0: "7 10.0.1.1 10.0.1.9\n", web1: "7\n" });
    });

    it("change nothing if a list cannot be read", () => {
        const after = run("sh", ["10.0.1.1"], { 11: undefined, 12: "7 10.0.1.1 10.0.1.60\n" });
        expect(after).to.include({ web1: "7 10.0.1.1 10.0.1.60\n", order: undefined });
        expect(after.status).to.not.equal(0);
    });
});
