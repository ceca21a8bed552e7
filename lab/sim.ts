/** `npm run sim`: two agents in virtual time, against models of keepalived, of the network and of the cloud's API. */
import { spawnSync } from "child_process";
import * as path from "path";
import { start } from "./stack/program";

const SIMULATOR = path.resolve(__dirname, "..", "test", "sim");

start({
    name: "npm run sim",
    about: "Puts two agents through random faults in virtual time, and checks what must never happen. Exit code 1: it did.",
    options: {
        hours: { type: "string", default: "1", value: "N", about: "simulated hours; default: 1" },
        seed: { type: "string", default: "1", value: "S", about: "another seed tells other stories; default: 1" },
        json: { type: "string", value: "FILE", about: "writes the figures and the stories that failed" },
        replay: { type: "string", value: "STORYSEED", about: "tells one story, whole or shrunk, step by step" },
        explore: { type: "string", value: "STEPS", about: "every path of so many steps, instead of chance" },
    },
    run: ({ hours, seed, json, replay, explore }) => {
        const drawn = explore === undefined ? ["--hours", hours, "--seed", seed] : ["--explore", explore];
        const words = replay === undefined ? drawn : ["--replay", replay];
        const all = [SIMULATOR, ...words, ...(json === undefined ? [] : ["--json", json])];
        const { status, error } = spawnSync("python3", all, { stdio: "inherit" });
        if (error !== undefined) {
            throw error;
        }
        return Promise.resolve(status ?? 1);
    },
});
