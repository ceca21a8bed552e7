import { expect } from "chai";
import { execFile, spawn } from "child_process";
import * as http from "http";
import type { AddressInfo } from "net";
import { promisify } from "util";
import { Client } from "../../../../cli/client/client";
import { PROBER } from "../../../../lab/stack/client";

/** Answers as its fields say. */
class Service {
    answer: (response: http.ServerResponse) => void = (response) => response.end("nginx0\n");
    private readonly server = http.createServer((_request, response) => this.answer(response));

    start(): Promise<void> {
        return new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    }

    get port(): string {
        return String((this.server.address() as AddressInfo).port);
    }

    /** Refuses connections from now on. */
    async stop(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((resolve) => this.server.close(resolve));
    }
}

describe("the prober", function () {
    this.timeout(60_000);
    let service: Service;
    let client: Client;

    async function ask(perSecond: number): Promise<void> {
        service = new Service();
        await service.start();
        client = new Client(spawn("python3", [PROBER, "127.0.0.1", service.port, String(perSecond), "400"]));
        await client.steady("answers", 30_000, 100, "nginx0");
    }

    afterEach(async () => {
        await client.stop();
        await service.stop();
    });

    /** Waits until this many further requests are counted as lost. */
    async function lost(count: number) {
        const from = client.samples.length;
        const found = () => client.samples.slice(from).filter(({ answer }) => answer === null);
        while (found().length < count) {
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
        return found();
    }

    it("sends a request every 2 ms, each on its own connection, and counts all of them", async () => {
        await ask(500);
        const samples = [...client.samples].sort((a, b) => a.seq - b.seq);
        expect(samples.map(({ seq }) => seq)).to.deep.equal(samples.map((_sample, i) => i));
        const span = samples.at(-1)!.sentAt - samples[0].sentAt;
        expect(span / (samples.length - 1)).to.be.within(1.5, 2.5);
    });

    it("counts refused, bad and late answers as lost", async () => {
        // few enough for a busy machine to answer all of them in time
        await ask(100);
        service.answer = (response) => response.writeHead(503).end("nginx0\n");
        await lost(20);
        const late: http.ServerResponse[] = [];
        service.answer = (response) => late.push(response);
        // more than those that were in flight before the change
        await lost(60);
        service.answer = (response) => response.end("nginx1\n");
        await client.steady("the other node's answers", 30_000, 60, "nginx1");
        late.forEach((response) => response.end("nginx1\n"));
        await service.stop();
        await lost(20);
    });

    it("continues without waiting for answers", async () => {
        await ask(100);
        service.answer = () => undefined;
        const from = client.samples.at(-1)!.seq;
        await lost(150);
        const answered = client.samples.filter(({ seq, answer }) => seq > from + 100 && answer !== null);
        expect(answered).to.deep.equal([]);
        const silent = client.samples.filter(({ answer }) => answer === null).sort((a, b) => a.seq - b.seq);
        expect(silent.at(-1)!.seq - silent[0].seq).to.equal(silent.length - 1);
    });

    it("ends by itself after the given number of requests, with and without answers", async () => {
        await ask(100);
        const burst = async () => {
            const words = [PROBER, "127.0.0.1", service.port, "200", "400", "30"];
            const { stdout } = await promisify(execFile)("python3", words);
            return stdout
                .trimEnd()
                .split("\n")
                .map((line) => (JSON.parse(line) as { answer: string | null }).answer);
        };
        expect(await burst()).to.deep.equal(Array(30).fill("nginx0"));
        service.answer = () => undefined;
        expect(await burst()).to.deep.equal(Array(30).fill(null));
    });
});
