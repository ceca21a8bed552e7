/**
 * A client that requests one URL at a fixed rate, open-loop: each request is sent at its time, even if the previous
 * ones have no answer, so that a waiting client cannot hide an outage. It prints one JSON line per request.
 *
 * node --import tsx probe.ts URL PER_SECOND [COUNT]; it runs in the namespace of the client's server. Without COUNT it
 * ends with its stdin.
 */
import * as http from "http";
import { LATE_MS, type Sample } from "../../cli/client/outage";

function ask(url: string, seq: number, sentAt: number): Promise<Sample> {
    return new Promise((resolve) => {
        const lost = () => resolve({ seq, sentAt, ms: null, answer: null });
        // agent false: a new connection for each request, because a kept-alive one would measure the connection and not
        // the address
        const request = http.get(url, { agent: false, signal: AbortSignal.timeout(LATE_MS) }, (response) => {
            let body = "";
            response.setEncoding("utf8");
            response.on("data", (chunk: string) => (body += chunk));
            response.on("error", lost);
            response.on("end", () => {
                if (response.statusCode !== 200) {
                    return lost();
                }
                resolve({ seq, sentAt, ms: Math.round((Date.now() - sentAt) * 10) / 10, answer: body.trim() });
            });
        });
        request.on("error", lost);
    });
}

async function main(url: string, perSecond: number, count: number): Promise<void> {
    const started = performance.now();
    const epoch = Date.now();
    let stopped = false;
    process.stdin.resume().on("end", () => (stopped = count === Infinity || stopped));
    const pending: Promise<void>[] = [];
    for (let seq = 0; seq < count && !stopped; seq++) {
        const due = (seq * 1000) / perSecond;
        const wait = due - (performance.now() - started);
        if (wait > 0) {
            await new Promise((resolve) => setTimeout(resolve, wait));
        }
        const answered = ask(url, seq, epoch + (performance.now() - started)).then((sample) => {
            process.stdout.write(JSON.stringify(sample) + "\n");
        });
        if (count !== Infinity) {
            pending.push(answered);
        }
    }
    await Promise.all(pending);
}

const [url, perSecond, count] = process.argv.slice(2);
void main(url, Number(perSecond), count === undefined ? Infinity : Number(count));
