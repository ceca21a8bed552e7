import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { requireMachine } from "../../../lab/cloud";
import { ROOT } from "../support/paths";

/** A name that no running instance has. */
const NAME = `pre${process.pid}`;

describe("the demo on an unsuitable machine, which it leaves unchanged", function () {
    this.timeout(60_000);
    let folder: string;
    let cache: string;
    let clouds: string;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "failover-pair-preflight-"));
        fs.chmodSync(folder, 0o755);
        [cache, clouds] = ["cache", "clouds"].map((name) => path.join(folder, name));
        fs.mkdirSync(cache);
        fs.mkdirSync(clouds);
    });

    afterEach(() => fs.rmSync(folder, { recursive: true }));

    /** Runs the demo by the command `as`, with empty caches. @returns its output */
    async function demo(as: string[], env: Record<string, string> = {}): Promise<string> {
        const [program, ...args] = [...as, process.execPath, "lab/launch.mjs", "lab/demo/main.ts", "--name", NAME];
        const run = await execa(program, args, {
            cwd: ROOT,
            env: { ...process.env, XDG_CACHE_HOME: cache, LOCALCLOUD_DIR: clouds, ...env },
            all: true,
            reject: false,
        });
        expect(run.exitCode).to.equal(1);
        expect(fs.readdirSync(clouds)).to.deep.equal([]);
        expect(fs.existsSync(`/run/netns/lc-${NAME}-net`)).to.equal(false);
        return run.all ?? "";
    }

    it("needs root", async () => {
        const said = await demo(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
        expect(said).to.contain("it needs root").and.to.contain("run it with sudo");
        expect(fs.readdirSync(cache)).to.deep.equal([]);
    });

    it("names the disk space that is missing, for the servers and for their image", async () => {
        const small = `mount -t tmpfs -o size=10m none ${cache} && mount -t tmpfs -o size=10m none ${clouds} && exec "$@"`;
        const said = await demo(["unshare", "--mount", "sh", "-c", small, "sh"]);
        expect(said).to.match(
            /clouds\S* has 0\.0 GB free, but 1\.0 GB are needed: free some space, or set LOCALCLOUD_DIR/,
        );
        expect(said).to.match(
            /image has 0\.0 GB free, .* needs 2\.0 GB to build: free some space, or set XDG_CACHE_HOME/,
        );
    });

    it("needs Go if there is no official engine", async () => {
        const searched = (process.env.PATH ?? "")
            .split(":")
            .filter((dir) => !["go", "pulumi"].some((p) => fs.existsSync(path.join(dir, p))));
        // without a network, because the demo could download an official engine
        const said = await demo(["unshare", "--net"], { PATH: searched.join(":"), HOME: folder, PULUMI_HOME: folder });
        expect(said).to.match(/There is no Go here\. Go 1\.\d+\S* or newer is needed .* install Go/);
        expect(fs.existsSync(path.join(cache, "failover-pair", "image"))).to.equal(false);
    });

    it("needs Linux", () => {
        const real = Object.getOwnPropertyDescriptor(process, "platform")!;
        Object.defineProperty(process, "platform", { ...real, value: "darwin" });
        try {
            expect(() => requireMachine(NAME)).to.throw("this is darwin, and the local cloud needs Linux");
        } finally {
            Object.defineProperty(process, "platform", real);
        }
    });

    it("refuses a name that cannot name a cloud", () => {
        expect(() => requireMachine("No-Name")).to.throw(`name: "No-Name" cannot name a local cloud`);
    });
});
