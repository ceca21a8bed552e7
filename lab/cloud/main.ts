/** `npm run cloud -- up | status | exec NAME -- COMMAND… | env | down` */
import { spawnSync } from "child_process";
import { parseArgs } from "util";
import { attachCloud, startCloud, stopCloud } from ".";
import { checkDate } from "./api/changes";
import { insideServer, tellInit } from "./fabric/inside";
import { DEFAULT_NAME } from "./instance";

const USAGE = `A Hetzner Cloud on this machine, for people without an account, tests and benchmarks. Needs Linux and root.

  npm run cloud -- up [--name N] [--latency 60] [--action 800] [--date YYYY-MM-DD]
                                          start it: ms of an API call, ms of an action, the day that decides over
                                          Hetzner's changes (default: the machine's)
  npm run cloud -- status [--name N]                             its servers, their addresses and aliases
  npm run cloud -- exec [--name N] SERVER -- COMMAND…            run a command in a server, as root
  npm run cloud -- env [--name N]                                settings for a shell: source <(npm run -s cloud -- env)
  npm run cloud -- down [--name N]                               stop it and remove everything of it`;

function milliseconds(option: string, text: string): number {
    const value = Number(text);
    if (text.trim() === "" || !(value >= 0 && value <= 600_000)) {
        throw new Error(`--${option}: "${text}" is no number of milliseconds from 0 to 600000`);
    }
    return value;
}

async function up(name: string, latency: string, action: string, date: string | undefined): Promise<void> {
    const timing = { latencyMs: milliseconds("latency", latency), actionMs: milliseconds("action", action) };
    await startCloud({ name, ...timing, date: date === undefined ? null : checkDate(date) });
    console.log(`\nNext: source <(npm run -s cloud -- env --name ${name})`);
}

async function status(name: string): Promise<void> {
    const { control, netns, env } = await attachCloud(name);
    const servers = await control.servers();
    await control.close();
    console.log(`local cloud "${name}": ${env.HCLOUD_ENDPOINT} in ${netns}`);
    for (const server of servers) {
        const interfaces = server.interfaces.map((nic) => [nic.name, nic.address, ...nic.also.map((ip) => `+${ip}`)]);
        console.log(
            [
                server.name,
                server.id,
                server.running ? "running" : "off",
                ...interfaces.map((nic) => nic.join(" ")),
            ].join("  "),
        );
    }
    if (servers.length === 0) {
        console.log("no servers");
    }
}

async function environment(name: string): Promise<void> {
    const { control, env } = await attachCloud(name);
    await control.close();
    console.log(
        "# The cloud is reached only from inside its namespace: nsenter --net=/run/netns/$LOCALCLOUD_NETNS COMMAND",
    );
    Object.entries(env).forEach(([key, value]) => console.log(`export ${key}='${value}'`));
}

async function exec(name: string, server: string | undefined, command: string[]): Promise<number> {
    if (server === undefined || command.length === 0) {
        throw new Error(`exec: name a server and a command: npm run cloud -- exec SERVER -- COMMAND…`);
    }
    const { control } = await attachCloud(name);
    const found = await control.server(server);
    await control.close();
    const [program, ...args] = [...insideServer(server, found.namespace, found.bare), ...command];
    const run = spawnSync(program, args, { stdio: "inherit" });
    tellInit(found.namespace);
    return run.status ?? 1;
}

async function main(): Promise<number> {
    const words = process.argv.slice(2);
    const end = words.indexOf("--");
    const command = end < 0 ? [] : words.slice(end + 1);
    const { values, positionals } = parseArgs({
        args: end < 0 ? words : words.slice(0, end),
        allowPositionals: true,
        options: {
            name: { type: "string", default: DEFAULT_NAME },
            latency: { type: "string", default: "60" },
            action: { type: "string", default: "800" },
            date: { type: "string" },
            help: { type: "boolean", default: false },
        },
    });
    const [verb, server] = positionals;
    if (values.help) {
        console.log(USAGE);
        return 0;
    }
    switch (verb) {
        case "up":
            await up(values.name, values.latency, values.action, values.date);
            return 0;
        case "status":
            await status(values.name);
            return 0;
        case "env":
            await environment(values.name);
            return 0;
        case "exec":
            return exec(values.name, server, command);
        case "down":
            await stopCloud(values.name);
            return 0;
        default:
            console.error(USAGE);
            return 2;
    }
}

main().then(
    (code) => process.exit(code),
    (error: Error) => {
        console.error(error.message);
        process.exit(1);
    },
);
