import { expect } from "chai";
import * as fs from "fs";
import * as path from "path";
import { newSshKey } from "../../../lab/stack/sshKey";
import { holders, listServers } from "../../../lab/stack/api";
import { untilHealthy } from "../../../lab/stack/healthy";
import { commonConfig, configure, openStack } from "../../../lab/stack/workspace";
import { consumer } from "../support/consumer";
import { sharedPair } from "../support/sharedPair";
import type { StartedStack } from "../../../lab/stack/startStack";

const VIP = "10.7.1.1";

describe("another stack that imports FailoverPair from the packed npm package", function () {
    this.timeout(300_000);
    let pair: StartedStack;
    let folder: string;

    before(async function () {
        // the first run on a machine builds the engine and the servers' image
        this.timeout(60 * 60_000);
        pair = await sharedPair();
        folder = await consumer(pair.cloud);
    });

    it("comes up beside the first stack, and its nodes agree who is MASTER", async () => {
        const stack = await openStack(pair.cloud, pair.engine, folder, "other");
        // another key, because a project holds a public key only once
        const key = newSshKey();
        await configure(stack, {
            ...commonConfig(pair.cloud),
            token: { value: await pair.cloud.newToken(), secret: true },
            sshPublicKey: { value: key.public },
            sshPrivateKey: { value: key.private, secret: true },
            apiEndpoint: { value: pair.cloud.env.HCLOUD_ENDPOINT },
            apiCa: { value: fs.readFileSync(path.join(pair.cloud.dir, "ca.pem"), "utf8") },
        });
        try {
            await stack.up();
            await untilHealthy(pair.cloud, ["web0", "web1"]);
            expect(await holders(pair.cloud, VIP)).to.have.length(1);
            await stack.up({ expectNoChanges: true });
        } finally {
            await stack.destroy();
        }
        const names = (await listServers(pair.cloud)).map((server) => server.name).sort();
        expect(names).to.deep.equal(["client", "nginx0", "nginx1"]);
    });
});
