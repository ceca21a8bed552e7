import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import { runPulumi, SILENT } from "../../../lab/stack/pulumi";
import { callApi } from "../../../lab/stack/api";
import { running, type Running } from "../support/running";

describe("the end of the demo", function () {
    this.timeout(180_000);
    let pair: Running;

    before(async () => {
        pair = await running();
    });

    it("pulumi destroy leaves nothing in the cloud", async () => {
        await runPulumi(pair.deployment, ["destroy", ...SILENT]);
        for (const kind of ["servers", "networks", "ssh_keys", "firewalls", "placement_groups", "primary_ips"]) {
            const answer = await callApi<Record<string, unknown[]>>(pair.cloud, "GET", `/${kind}`);
            expect(answer[kind], kind).to.deep.equal([]);
        }
    });

    it("down leaves no namespace, mount, process or file", async () => {
        const { name, dir } = pair.cloud;
        await pair.cloud.down();
        expect((await execa("ip", ["netns", "list"])).stdout).to.not.contain(`lc-${name}-`);
        expect(fs.readFileSync("/proc/mounts", "utf8")).to.not.contain(dir);
        expect(fs.existsSync(dir)).to.equal(false);
        const processes = (await execa("ps", ["-eo", "args"])).stdout.split("\n");
        expect(processes.filter((args) => args.includes(`lc-${name}-`) || args.includes(dir))).to.deep.equal([]);
    });
});
