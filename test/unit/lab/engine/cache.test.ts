import { expect } from "chai";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Attempts, keepNewest, keyOf, locked, makeFolder, removeUnused } from "../../../../lab/engine/cache";
import { until } from "./sshServer";

const DAY = 24 * 3600 * 1000;

describe("the engine's cache", () => {
    let folder: string;

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "engine-cache-"));
    });
    afterEach(() => rm(folder, { recursive: true }));

    it("has a key that depends on a file's content, its name, and other given values", async () => {
        await writeFile(join(folder, "a"), "1");
        await writeFile(join(folder, "b"), "1");
        const keys = [await keyOf(folder, ["a"], "go1"), await keyOf(folder, ["b"], "go1")];
        keys.push(await keyOf(folder, ["a"], "go2"));
        await writeFile(join(folder, "a"), "2");
        keys.push(await keyOf(folder, ["a"], "go1"));
        expect(new Set(keys).size).to.equal(4);
        expect(await keyOf(folder, ["a"], "go1")).to.equal(keys[3]);
    });

    it("makes a folder once, and removes it if that fails", async () => {
        const made = join(folder, "parts", "x");
        const fail = (): Promise<void> => Promise.reject(new Error("no disk"));
        const error = await makeFolder(made, fail).catch((thrown: Error) => thrown.message);
        expect(error).to.equal("no disk");
        expect(await readdir(join(folder, "parts"))).to.deep.equal([]);
        await makeFolder(made, (unfinished) => writeFile(join(unfinished, "file"), ""));
        await makeFolder(made, fail);
        expect(existsSync(join(made, "file"))).to.equal(true);
    });

    it("removes what was not used for a month", async () => {
        for (const name of ["old", "new"]) {
            await makeFolder(join(folder, name), () => Promise.resolve());
        }
        await utimes(join(folder, "old"), new Date(), new Date(Date.now() - 31 * DAY));
        await removeUnused(folder);
        expect(await readdir(folder)).to.deep.equal(["new"]);
    });

    it("keeps what was used last, what is in use, and what a run has just got", async () => {
        const hoursAgo = { used: 5, older: 4, old: 3, recent: 2, last: 1 };
        for (const [name, hours] of Object.entries(hoursAgo)) {
            await makeFolder(join(folder, name), () => Promise.resolve());
            await utimes(join(folder, name), new Date(), new Date(Date.now() - (hours * DAY) / 24));
        }
        await mkdir(join(folder, ".old-killed"));
        await writeFile(join(folder, "lock"), "");
        await keepNewest(folder, 2, (each) => each === join(folder, "used"));
        expect((await readdir(folder)).sort()).to.deep.equal(["last", "lock", "recent", "used"]);
        await makeFolder(join(folder, "recent"), () => Promise.resolve());
        await keepNewest(folder, 0, () => false);
        expect((await readdir(folder)).sort()).to.deep.equal(["lock", "recent"]);
    });

    it("lets one run at a time work, and the next one continue after a failure", async () => {
        const file = join(folder, "lock");
        const events: string[] = [];
        let waited = false;
        const first = locked(
            file,
            () => undefined,
            async () => {
                events.push("first in");
                await until(() => waited);
                events.push("first out");
                throw new Error("failed");
            },
        ).catch(() => undefined);
        await until(() => events.length === 1);
        const second = locked(
            file,
            () => (waited = true),
            () => Promise.resolve(events.push("second in")),
        );
        await Promise.all([first, second]);
        expect(events).to.deep.equal(["first in", "first out", "second in"]);
    });

    it("remembers a failed download for a day", async () => {
        const file = join(folder, "failed.json");
        const attempts = new Attempts(file);
        expect(await attempts.lastFailure("x")).to.equal(undefined);
        await attempts.failed("x", "ENOTFOUND");
        expect(await attempts.lastFailure("x")).to.have.property("reason", "ENOTFOUND");
        const yesterday = new Date(Date.now() - DAY - 1000).toISOString();
        await writeFile(file, JSON.stringify({ x: { at: yesterday, reason: "" } }));
        expect(await attempts.lastFailure("x")).to.equal(undefined);
        await writeFile(file, "cut of");
        expect(await attempts.lastFailure("x")).to.equal(undefined);
    });
});
