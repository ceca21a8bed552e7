/**
 * Small GETs one after the other, to one and the other URL in turn, each on a connection of its own; prints the ms of each pair.
 * node --import tsx gets.ts VIP_URL OWN_URL PAIRS; it runs in the namespace of the client.
 */
import * as http from "http";
import { order, type Round } from "./compare";

const TIMEOUT_MS = 2000;
/** The first requests are not counted, because caches are cold. */
const WARM_UP = 20;

function ask(url: string): Promise<number> {
    const from = performance.now();
    return new Promise((resolve, reject) => {
        const lost = (why: string) => reject(new Error(`${url}: ${why}`));
        http.get(url, { agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) }, (response) => {
            response
                .resume()
                .on("end", () =>
                    response.statusCode === 200
                        ? resolve(performance.now() - from)
                        : lost(`status ${response.statusCode}`),
                );
        }).on("error", (error) => lost(error.message));
    });
}

async function main(urls: Record<keyof Round, string>, pairs: number): Promise<void> {
    const rounds: Round[] = [];
    for (let round = -WARM_UP; round < pairs; round++) {
        const found = { vip: 0, own: 0 };
        for (const way of order(round, ["vip", "own"] as ["vip", "own"])) {
            found[way] = await ask(urls[way]);
        }
        rounds.push(found);
    }
    console.log(JSON.stringify(rounds.slice(WARM_UP)));
}

const [vip, own, pairs] = process.argv.slice(2);
void main({ vip, own }, Number(pairs));
