import * as fs from "fs";
import * as path from "path";
import type { Ssh } from "../pair/ssh";
import { command } from "../pair/shell";
import { Problem } from "../problem";
import { Client } from "./client";
import { LATE_MS } from "./outage";

const PROGRAM = path.join(__dirname, "..", "remote", "ask.py");

/** Requests per second. */
export const RATE = 50;

/**
 * Sends the requests from a server, and leaves nothing behind on it. `names` are the nodes' names, which their answers
 * may contain.
 */
export function askFrom(ssh: Ssh, target: string, url: string, names: string[]): Client {
    const program = fs.readFileSync(PROGRAM, "utf8");
    const asking = command("python3", "-c", program, url, String(RATE), String(LATE_MS), ...names);
    return new Client(ssh.start({ name: target, target }, asking));
}

/** @throws Problem */
export function checkUrl(url: string): string {
    const { protocol, port } = URL.canParse(url) ? new URL(url) : { protocol: "", port: "" };
    const good = protocol === "http:" || protocol === "https:" || (protocol === "tcp:" && port !== "");
    if (!good) {
        throw new Problem(`--url ${url}: write http://…, https://… or tcp://ADDRESS:PORT`);
    }
    return url;
}

/** @throws Problem */
export function checkClient(target: string): string {
    if (target === "" || target.startsWith("-") || /\s/.test(target)) {
        throw new Problem(`--client ${target}: write a server as for ssh, such as root@198.51.100.7`);
    }
    return target;
}
