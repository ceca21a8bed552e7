/**
 * The simulator's model of the cloud is held against this recording by `test/sim/test_recording.py`. Here, the
 * recording is held against the local cloud. RECORD=1 writes it anew.
 */
import { expect } from "chai";
import * as fs from "fs";
import * as path from "path";
import { format, resolveConfig } from "prettier";
import { Cloud } from "./cloud";
import { record, type Step } from "./recording";

const FILE = path.resolve(__dirname, "../../../sim/recording.json");

describe("local cloud: the recording for the simulator", () => {
    it("is what the local cloud answers", async () => {
        const kept = JSON.parse(fs.readFileSync(FILE, "utf8")) as Step[];
        const cloud = await Cloud.start();
        try {
            const recorded = await record(cloud, kept);
            if (process.env.RECORD === "1") {
                const options = await resolveConfig(FILE);
                fs.writeFileSync(FILE, await format(JSON.stringify(recorded), { ...options, filepath: FILE }));
            } else {
                expect(recorded).to.deep.equal(kept);
            }
        } finally {
            await cloud.close();
        }
    });
});
