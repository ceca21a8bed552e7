import { expect } from "chai";
import * as fs from "node:fs";
import { join } from "node:path";
import { isCopy, layersOf, writeBase } from "../../../../lab/cloud/fabric/savedDisk";
import type { Instance } from "../../../../lab/cloud/instance";
import { layOutSaved } from "../../../../lab/cloud/save";
import { inFolder, instanceIn } from "./cloud";

/** A saved cloud of one server, its image, and the instance that goes on from it; in a temporary folder. */
async function inSaved(use: (saved: string, image: string, of: Instance) => Promise<void>): Promise<void> {
    await inFolder(async (folder) => {
        const [saved, image] = [join(folder, "saved"), join(folder, "image")];
        const server = join(saved, "servers", "1001");
        [join(server, "upper"), image].forEach((each) => fs.mkdirSync(each, { recursive: true }));
        fs.writeFileSync(join(saved, "api.json"), "{}", { mode: 0o600 });
        fs.writeFileSync(join(saved, "token"), "secret", { mode: 0o600 });
        writeBase(server, image);
        await use(saved, image, instanceIn(join(folder, "clouds"), "copied"));
    });
}

async function refusal(work: Promise<unknown>): Promise<string> {
    return work.then(
        () => "it succeeded",
        (error: Error) => error.message,
    );
}

describe("a copy of a saved cloud", () => {
    it("has its files, which only the user can read, and disks on top of the saved disks", () =>
        inSaved(async (saved, image, of) => {
            await layOutSaved(saved, of);
            expect(fs.readdirSync(of.dir).sort()).to.deep.equal(["api.json", "servers", "token"]);
            expect([of.dir, of.files.token].map((file) => fs.statSync(file).mode & 0o777)).to.deep.equal([
                0o700, 0o600,
            ]);
            const disk = join(of.servers, "1001");
            expect(isCopy(disk)).to.equal(true);
            expect(layersOf(disk)).to.equal(`${join(saved, "servers", "1001", "upper")}:${image}`);
            expect(isCopy(join(saved, "servers", "1001"))).to.equal(false);
        }));

    it("does not change the saved cloud when one of the copy's disks is removed", () =>
        inSaved(async (saved, _image, of) => {
            await layOutSaved(saved, of);
            fs.rmSync(join(of.servers, "1001"), { recursive: true });
            expect(fs.existsSync(join(saved, "servers", "1001", "upper"))).to.equal(true);
            // as after a rebuild: the new disk has no layer of the old one
            expect(isCopy(join(of.servers, "1001"))).to.equal(false);
        }));

    it("is refused if the image under a disk was removed or rebuilt", () =>
        inSaved(async (saved, image, of) => {
            fs.rmdirSync(image);
            expect(await refusal(layOutSaved(saved, of))).to.match(/without its image, .*save anew/);
            // takes the number of the first one, if that is free
            fs.mkdirSync(image);
            expect(await refusal(layOutSaved(saved, of))).to.match(/without its image, .*save anew/);
        }));

    it("is refused for a folder that is not a saved cloud", () =>
        inSaved(async (_saved, image, of) => {
            expect(await refusal(layOutSaved(image, of))).to.contain("is not a saved cloud");
            expect(fs.existsSync(of.dir)).to.equal(false);
        }));
});
