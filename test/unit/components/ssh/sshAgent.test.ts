import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { writeFileSync } from "fs";
import { createServer } from "net";
import { join } from "path";
import { checkArgs } from "../../../../components/checkedArgs";
import { whyNotAgent } from "../../../../components/ssh/sshAgent";
import { promiseOf } from "../../../support/mocks";
import { minimalArgs } from "../pairs";
import { ownSshAuthSock } from "../../../support/sshAuthSock";

describe("the environment's SSH agent", () => {
    const folder = ownSshAuthSock();

    it("may exist, or not be named at all", async () => {
        const path = join(folder(), "agent");
        const agent = createServer((socket) => socket.on("error", () => undefined));
        await new Promise<void>((resolve) => agent.listen(path, resolve));
        expect(await whyNotAgent(path)).to.equal(undefined);
        agent.close();
        expect(await whyNotAgent("")).to.equal(undefined);
        delete process.env.SSH_AUTH_SOCK;
        expect(await whyNotAgent()).to.equal(undefined);
    });

    it("that is named but missing gives an error that says what to do", async () => {
        const path = join(folder(), "gone");
        expect(await whyNotAgent(path)).to.match(/^no SSH agent listens at .*gone \(ENOENT\).*`unset SSH_AUTH_SOCK`/);
        writeFileSync(path, "");
        expect(await whyNotAgent(path)).to.match(/\((ECONNREFUSED|ENOTSOCK)\)/);
    });

    it("that is named but missing ends the program before any resource is created", async () => {
        process.env.SSH_AUTH_SOCK = join(folder(), "gone");
        const nobody = undefined as unknown as pulumi.Resource;
        const { spec } = checkArgs("web", minimalArgs(), nobody);
        const message = await promiseOf(spec).then(
            () => "it was accepted",
            (error: Error) => error.message,
        );
        expect(message).to.match(/^FailoverPair: invalid argument:\n {2}- SSH_AUTH_SOCK \(environment\): no SSH agent/);
    });
});
