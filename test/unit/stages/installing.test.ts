import { expect } from "chai";
import { installing } from "../../stages/installing";

const stages = [["python3"], [], ["python3", "nftables"]].map((names) => ({ packages: () => names }));

describe("the Debian packages of the requested stages", () => {
    it("are installed by one command, each once", async () => {
        const asked: string[][] = [];
        await installing(stages, (packages) => Promise.resolve(void asked.push(packages)));
        expect(asked).to.deep.equal([["python3", "nftables"]]);
    });

    it("are not installed if none is missing", async () => {
        await installing([stages[1]], () => Promise.reject(new Error("asked")));
    });

    it("fail only the stages that wait for them", async () => {
        const installed = installing(stages, () => Promise.reject(new Error("no network")));
        await new Promise((resolve) => setImmediate(resolve));
        expect(await installed.catch((error: Error) => error.message)).to.equal("no network");
    });
});
