/**
 * Small GETs one after the other, each on a connection of its own; prints the median of their ms, and how many failed.
 * node --import tsx gets.ts URL COUNT; it runs in the namespace of the client.
 */
import * as http from "http";
import { median } from "./compare";

function ask(url: string): Promise<number | null> {
    const from = performance.now();
    return new Promise((resolve) => {
        http.get(url, { agent: false, timeout: 2000 }, (response) => {
            response.resume().on("end", () => resolve(response.statusCode === 200 ? performance.now() - from : null));
        })
            .on("timeout", () => resolve(null))
            .on("error", () => resolve(null));
    });
}

async function main(url: string, count: number): Promise<void> {
    const times: (number | null)[] = [];
    for (let sent = 0; sent < count; sent++) {
        times.push(await ask(url));
    }
    const good = times.filter((time) => time !== null);
    console.log(JSON.stringify({ ms: median(good), lost: times.length - good.length }));
}

void main(process.argv[2], Number(process.argv[3]));
