import { expect } from "chai";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { provideEngine, type Engine } from "../../../../lab/engine/engine";
import { compareVersions } from "../../../../lab/engine/goBuild";
import { wantedPlugin } from "../../../../lab/engine/parts";

const HCLOUD = wantedPlugin("hcloud");
const COMMAND = wantedPlugin("command");

describe("the source of the engine", () => {
    let folder: string;
    let log: string[];
    let site: Server;

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "engine-"));
        await mkdir(join(folder, "bin"));
        log = [];
        site = createServer((_request, response) => response.end("install script"));
        await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    });
    afterEach(async () => {
        site.close();
        await rm(folder, { recursive: true });
    });

    const reachable = (): string => `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
    const program = async (name: string, script: string): Promise<void> => {
        await writeFile(join(folder, "bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    };
    /** A CLI that installs the given plugins and no others. */
    const installCli = (offered: string): Promise<void> =>
        program(
            "pulumi",
            `echo "$@" >> ${folder}/asked
            case "$*" in
            version) echo v3.300.0 ;;
            "plugin install resource "*)
                case " ${offered} " in *" $4 "*) ;; *) echo "404 for $4" >&2; exit 1 ;; esac
                plugin=$PULUMI_HOME/plugins/resource-$4-v$5
                /bin/mkdir -p $plugin && echo official > $plugin/pulumi-resource-$4 ;;
            esac`,
        );
    const installPlugin = async (name: string, version: string): Promise<void> => {
        const home = join(folder, ".pulumi", "plugins", `resource-${name}-v${version}`);
        await mkdir(home, { recursive: true });
        await writeFile(join(home, `pulumi-resource-${name}`), "official");
    };
    // fetch refuses port 1 by itself
    const provide = (downloadSite = "http://127.0.0.1:1/", languages: "yaml"[] = []): Promise<Engine> =>
        provideEngine({
            languages,
            log: (line) => log.push(line),
            cacheDir: join(folder, "cache"),
            env: { PATH: join(folder, "bin"), HOME: folder },
            downloadSite,
        });
    const plugin = (engine: Engine, name: string, version: string): string =>
        join(engine.env.PULUMI_HOME, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`);
    const failure = (work: Promise<unknown>): Promise<string> =>
        work.then(
            () => "it did not fail",
            (error: Error) => error.message,
        );

    it("is the machine if Pulumi and the plugins are installed: nothing is downloaded, built or changed", async () => {
        await installCli("");
        await installPlugin("hcloud", HCLOUD);
        await installPlugin("command", COMMAND);
        const engine = await provide(undefined, ["yaml"]);
        expect(engine.source).to.equal("installed");
        expect(engine.versions).to.deep.equal({ pulumi: "v3.300.0", hcloud: HCLOUD, command: COMMAND });
        expect(await realpath(join(engine.root, "bin", "pulumi"))).to.equal(
            await realpath(join(folder, "bin", "pulumi")),
        );
        expect(engine.env.PATH.split(delimiter)).to.include.members([join(engine.root, "bin"), join(folder, "bin")]);
        expect(engine.env).not.to.have.property("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION");
        expect(await readFile(plugin(engine, "command", COMMAND), "utf8")).to.equal("official");
        expect(log).to.deep.equal([]);
    });

    it("is a download for a plugin that is not installed, and then never the stand-in", async () => {
        await installCli("hcloud command");
        const engine = await provide(reachable());
        expect(engine.versions).to.deep.equal({ pulumi: "v3.300.0", hcloud: HCLOUD, command: COMMAND });
        expect(await readFile(plugin(engine, "command", COMMAND), "utf8")).to.equal("official\n");
        expect(existsSync(join(folder, ".pulumi"))).to.equal(false);
    });

    it("is the stand-in if the official plugin cannot be downloaded, for a day without another attempt", async () => {
        await installCli("hcloud");
        const engine = await provide(reachable());
        expect(engine.versions).to.include({ hcloud: HCLOUD, command: "1.2.1+standin" });
        expect(engine.env).to.have.property("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "true");
        expect(existsSync(join(dirname(plugin(engine, "command", COMMAND)), "command.js"))).to.equal(true);
        expect(log.join("\n")).to.contain("404 for command");
        const again = await provide(reachable());
        expect(again.root).to.equal(engine.root);
        const asked = (await readFile(join(folder, "asked"), "utf8")).split("\n");
        expect(asked.filter((line) => line.includes("resource command"))).to.have.length(1);
    });

    it("is the official plugin as soon as it is installed", async () => {
        await installCli("hcloud");
        await provide(reachable());
        await installPlugin("command", COMMAND);
        expect((await provide(reachable())).versions).to.include({ command: COMMAND });
    });

    it("is never a Pulumi that does not work", async () => {
        await program("pulumi", "exit 1");
        expect(await failure(provide())).to.match(/^There is no Go here/);
        expect(log[0]).to.match(/pulumi does not work and is passed over/);
    });

    it("is missing without Go: the error says what to do, and nothing is built", async () => {
        expect(await failure(provide())).to.match(
            /^There is no Go here\. Go 1\.\d+(\.\d+)? or newer is needed to build pulumi, language-nodejs, hcloud from source\. Either install Go/,
        );
        expect(existsSync(join(folder, "cache", "parts"))).to.equal(false);
        expect(log.join("\n")).to.contain("not tried again for a day");
    });

    it("is missing with an old Go, with the same error", async () => {
        await program("go", "echo go1.19.8");
        expect(await failure(provide())).to.match(/^The Go here is go1\.19\.8, which is too old\. Go 1\./);
    });

    it("is never an earlier build of its own, found as an installed Pulumi", async () => {
        await mkdir(join(folder, "cache"), { recursive: true });
        await writeFile(join(folder, "cache", "pulumi"), "#!/bin/sh\necho v1\n", { mode: 0o755 });
        await symlink(join(folder, "cache", "pulumi"), join(folder, "bin", "pulumi"));
        expect(await failure(provide())).to.match(/^There is no Go here/);
    });
});

describe("versions of Go", () => {
    it("are compared as numbers", () => {
        expect(["1.25.11", "1.9", "1.26", "1.26.4"].sort(compareVersions)).to.deep.equal([
            "1.9",
            "1.25.11",
            "1.26",
            "1.26.4",
        ]);
        expect(compareVersions("1.26", "1.26.0")).to.equal(0);
    });
});
