import { expect } from "chai";
import { spawn } from "child_process";
import * as http from "http";
import type { AddressInfo } from "net";
import * as path from "path";
import { Client } from "../../../cli/client/client";
import { Problem } from "../../../cli/problem";
import { checkClient, checkUrl } from "../../../cli/client/remoteClient";
import { until } from "../../../cli/until";

const ASK = path.resolve(__dirname, "../../../cli/remote/ask.py");

describe("the client of a drill", () => {
    let server: http.Server;
    let client: Client | undefined;
    let answer: (response: http.ServerResponse) => void;

    beforeEach(async () => {
        server = http.createServer((_request, response) => answer(response));
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    });
    afterEach(async () => {
        await client?.stop();
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
    });

    function ask(scheme: string, port = (server.address() as AddressInfo).port): Client {
        const url = `${scheme}://127.0.0.1:${port}${scheme === "tcp" ? "" : "/"}`;
        return (client = new Client(spawn("python3", [ASK, url, "100", "400", "web0", "web1"])));
    }

    it("names the answering node, from the answer's text", async () => {
        answer = (response) => response.end("<h1>web1</h1>\n");
        expect(await ask("http").steady("answers", 5000, 10)).to.equal("web1");
        for (const body of ["web0 or web1", "web10", "hello"]) {
            answer = (response) => response.end(body);
            await client!.steady(body, 5000, 10, "answered");
        }
    });

    it("counts an error, a late answer and a missing answer as lost", async () => {
        answer = (response) => response.writeHead(503).end("web0");
        const lost = (from: number) => client!.samples.slice(from).filter((sample) => sample.answer === null).length;
        ask("http");
        await until("errors to be lost", 5000, () => lost(0) >= 5);
        answer = (response) => setTimeout(() => response.end("web0"), 600);
        const from = client!.samples.length;
        await until("late answers to be lost", 5000, () => lost(from) >= 60);
        expect(client!.samples.every((sample) => sample.ms === null)).to.equal(true);
    });

    it("sends a request without waiting for the answer before", async () => {
        answer = () => undefined;
        ask("http");
        await until("lost ones", 5000, () => client!.samples.length >= 20);
        const sent = client!.samples.map(({ sentAt }) => sentAt).sort((a, b) => a - b);
        expect(sent.at(-1)! - sent[0]).to.be.lessThan(600);
    });

    it("only connects where there is no HTTP", async () => {
        expect(await ask("tcp").steady("connections", 5000, 10)).to.equal("answered");
    });

    it("does not store an answer that trickles in without end", async () => {
        let open = 0;
        server.on("connection", (socket) => {
            open++;
            socket.once("close", () => open--);
        });
        answer = (response) => {
            const timer = setInterval(() => response.write("web0 "), 50);
            response.on("close", () => clearInterval(timer));
        };
        ask("http");
        await until("enough questions", 20_000, () => client!.samples.length >= 150);
        expect(client!.samples.every((sample) => sample.answer === null)).to.equal(true);
        // a request every hundredth of a second, cut off after 0.8 s
        expect(open).to.be.within(1, 140);
    });

    it("ignores lines of another program that are not samples", async () => {
        const sample = '{"seq": %d, "sentAt": 1800000000000, "ms": 1, "answer": "web0"}';
        const odd = `echo Welcome; echo '{"seq": "x"}'; echo null; head -c 100000 /dev/zero; echo`;
        client = new Client(spawn("sh", ["-c", `${odd}; for i in $(seq 20); do printf '${sample}\n' $i; done; cat`]));
        expect(await client.steady("answers", 5000, 20)).to.equal("web0");
    });

    it("fails if it prints no samples", async () => {
        client = new Client(spawn("sh", ["-c", "exec yes nonsense"]));
        const error = await client.steady("answers", 5000).catch((error: Error) => error);
        expect(error).to.be.instanceOf(Problem);
        expect((error as Error).message).to.contain(
            "the client printed lines that are not samples: log in to the client",
        );
    });

    it("gives the reason if it ends by itself", async () => {
        answer = (response) => response.end("web0");
        client = new Client(spawn("sh", ["-c", "echo 'no python3 here' >&2; exit 127"]));
        const error = await client.steady("answers", 5000).catch((error: Error) => error);
        expect((error as Error).message).to.equal(
            "the client stopped sending requests (exit code 127): no python3 here",
        );
    });

    it("gets its target and its source in a form that it understands", () => {
        expect(checkUrl("tcp://10.0.1.1:5432")).to.equal("tcp://10.0.1.1:5432");
        for (const wrong of ["10.0.1.1", "ftp://10.0.1.1/", "tcp://10.0.1.1", ""]) {
            expect(() => checkUrl(wrong)).to.throw(`--url ${wrong}: write http://`);
        }
        expect(checkClient("root@198.51.100.7")).to.equal("root@198.51.100.7");
        expect(() => checkClient("-oProxyCommand=x")).to.throw("--client -oProxyCommand=x: write a server");
    });
});
