import { expect } from "chai";
import { Agent, request } from "undici";
import { selfSigned } from "../../../../lab/cloud/certificate";
import { Cloud, TOKEN } from "./cloud";

describe("local cloud: TLS", () => {
    it("serves HTTPS, and resets connections before the handshake on request", async () => {
        const { key, cert } = await selfSigned("local cloud", ["IP:127.0.0.1"]);
        const cloud = await Cloud.start({ tls: { key, cert } });
        const fetchOnce = async () => {
            const dispatcher = new Agent({ connect: { ca: cert } });
            const headers = { authorization: `Bearer ${TOKEN}` };
            try {
                const answer = await request(`${cloud.api.url}/servers`, { dispatcher, headers });
                await answer.body.dump();
                return answer.statusCode;
            } catch (error) {
                return (error as { code: string }).code;
            } finally {
                await dispatcher.close();
            }
        };
        try {
            expect(cloud.api.url).to.match(/^https:\/\/127\.0\.0\.1:\d+\/v1$/);
            expect(await fetchOnce()).to.equal(200);
            cloud.api.faults.add({ kind: "refuseConnections", count: 1, match: { sourceIp: "127.0.0.1" } });
            expect(await fetchOnce()).to.equal("ECONNRESET");
            expect(await fetchOnce()).to.equal(200);
        } finally {
            await cloud.close();
        }
    });
});
