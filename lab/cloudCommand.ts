/** `npm run cloud -- up | status | exec NAME -- COMMAND… | env | down` */
import { spawnSync } from "child_process";
import { attachCloud, startCloud, stopCloud } from "./cloud";
import { checkDate } from "./cloud/api/changes";
import { insideServer, tellInit } from "./cloud/fabric/inside";
import { DEFAULT_NAME } from "./cloud/instance";
import { start } from "./stack/program";

function milliseconds(option: string, text: string): number {
    const value = Number(text);
    if (text.trim() === "" || !(value >= 0 && value <= 600_000)) {
        throw new Error(`--${option}: "${text}" is not a number of milliseconds from 0 to 600000`);
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

start({
    name: "npm run cloud",
    about: "A Hetzner Cloud on this machine, for people without an account, tests and benchmarks. Needs Linux and root.",
    calls: [
        ["up [--latency MS] [--action MS] [--date YYYY-MM-DD]", "start it"],
        ["status", "its servers, their addresses and aliases"],
        ["exec SERVER -- COMMAND…", "run a command in a server, as root"],
        ["env", "settings for a shell: source <(npm run -s cloud -- env)"],
        ["down", "stop it and remove everything of it"],
    ],
    options: {
        name: { type: "string", default: DEFAULT_NAME, value: "N", about: `of the cloud; default: ${DEFAULT_NAME}` },
        latency: { type: "string", default: "60", value: "MS", about: "up: of an API call; default: 60" },
        action: { type: "string", default: "800", value: "MS", about: "up: of an action; default: 800" },
        date: {
            type: "string",
            value: "YYYY-MM-DD",
            about: "up: the day that decides over Hetzner's changes; default: the machine's",
        },
    },
    takesWords: true,
    run: async ({ name, latency, action, date }, [verb, server, ...command]) => {
        switch (verb) {
            case "up":
                return up(name, latency, action, date);
            case "status":
                return status(name);
            case "env":
                return environment(name);
            case "exec":
                return exec(name, server, command);
            case "down":
                return stopCloud(name);
            default:
                throw new Error(
                    `${verb === undefined ? "no verb" : `"${verb}"`}: it has to be up, status, exec, env or down; npm run cloud -- --help explains them`,
                );
        }
    },
});
