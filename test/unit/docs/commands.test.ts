import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import { doctor } from "../../../cli/commands/doctor";
import { drill } from "../../../cli/commands/drill";
import { logs } from "../../../cli/commands/logs";
import { status } from "../../../cli/commands/status";
import { switchover } from "../../../cli/commands/switchover";
import { helpOf, programs, scripts } from "../programHelp";
import { type CommandLine, commandLines, namedCommands } from "./commandLines";
import { ROOT } from "./markdown";
import { PULUMI_COMMANDS } from "./pulumiCommands";

const FAILOVER = Object.fromEntries([doctor, drill, logs, status, switchover].map((each) => [each.name, each]));

const { version } = JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8")) as { version: string };

/** npm's own commands that the documentation uses; `npm pack` and `npm install` are run by test/e2e/support/consumer.ts. */
const NPM = ["ci", "pack", "install", "init", "pkg", "ls", "audit"];

/** Commands that this test neither runs nor parses, each with the reason. */
const NOT_CHECKED: Record<string, string> = {
    pnpm: "not on the tests' machine; it was run by hand with the packed file",
    yarn: "as pnpm",
    git: "clones from the network",
    cd: "the shell's own",
    mkdir: "the shell's own",
    eval: "the shell's own; what it is given is checked by itself",
    cat: "prints a file of the reader's",
    rm: "removes files on a node: the adopting is run by test/e2e/day2, the leaving was run by hand on the local cloud",
    systemctl: "needs a booted node: as rm",
    userdel: "needs a booted node: as rm",
    ip: "needs a booted node: as rm",
    "/usr/local/lib/failover-pair/bridge": "needs a booted node: as rm",
    "/usr/local/lib/failover-pair/guard": "needs a booted node: as rm",
    journalctl: "needs a booted node",
    hcloud: "Hetzner's CLI, which the tests' machine does not have; the bench runs Debian's",
    nsenter: "needs root and a local cloud; test/e2e/cloud.test.ts asks the API from there",
    node: "the program that it starts needs Hetzner's description, which is not in the repository",
};

/** Placeholders: FILE, NAME, "…". */
const isPlaceholder = (word: string) => /^(?:[A-Z]{2,}|.*…)$/.test(word);

const optionsIn = (words: string[]) =>
    words.filter((word) => word.startsWith("-") && word !== "--").map((word) => word.split("=")[0]);

async function checkScript(script: string, words: string[]): Promise<string | null> {
    if (!Object.hasOwn(scripts, script)) {
        return `there is no npm script ${script}`;
    }
    const end = words.indexOf("--");
    if (end < 0) {
        return words.length === 0 ? null : "npm keeps what stands before -- for itself";
    }
    const given = words.slice(end + 1);
    const own = given.includes("--") ? given.slice(0, given.indexOf("--")) : given;
    if (own.length === 0) {
        return null;
    }
    if (!programs().includes(script)) {
        return `${script} takes no options`;
    }
    const help = await helpOf(script);
    const unknown = optionsIn(own).filter((option) => !new RegExp(`${option}(?![\\w-])`).test(help));
    return unknown.length > 0 ? `${script} --help has no ${unknown.join(", ")}` : checkWords(script, own, help);
}

/** The first word of `cloud` is a sub-command; the words of `test` are stages, files and folders. */
function checkWords(script: string, own: string[], help: string): string | null {
    if (script === "cloud" && !help.includes(`npm run cloud -- ${own[0]}`) && !own[0].startsWith("-")) {
        return `cloud has no ${own[0]}`;
    }
    if (script !== "test") {
        return null;
    }
    const places = own.filter((word) => !word.startsWith("-") && !isPlaceholder(word));
    const stages = places.filter((word) => new RegExp(`^ +${word} `, "m").test(help));
    const folders = [
        ".",
        "test",
        ...stages.map((stage) => path.join("test", stage)),
        path.join("test", "unit", "scripts"),
    ];
    const isThere = (place: string) => folders.some((folder) => fs.existsSync(path.join(ROOT, folder, place)));
    const gone = places.filter((word) => !stages.includes(word) && !isThere(word));
    return gone.length > 0 ? `no stage and no file: ${gone.join(", ")}` : null;
}

async function checkNpm([verb, ...words]: string[]): Promise<string | null> {
    if (verb === "test") {
        return checkScript("test", words);
    }
    if (verb === "run") {
        const [script, ...rest] = words.filter((word) => word !== "-s");
        return checkScript(script, rest);
    }
    const packed = words.find((word) => /failover-pair-[\d.]+\.tgz$/.test(word));
    if (packed !== undefined && !packed.endsWith(`failover-pair-${version}.tgz`)) {
        return `the package's version is ${version}`;
    }
    return NPM.includes(verb) ? null : `npm ${verb} is not known`;
}

function checkFailover([name, ...words]: string[]): string | null {
    if (name === undefined || isPlaceholder(name) || name.startsWith("-")) {
        return null;
    }
    if (!Object.hasOwn(FAILOVER, name)) {
        return `failover has no command ${name}`;
    }
    try {
        // a sentence may name a command without its arguments
        FAILOVER[name].read(name === "drill" && words.length === 0 ? ["--client", "root@198.51.100.7"] : words);
        return null;
    } catch (error) {
        return (error as Error).message;
    }
}

function checkPulumi(words: string[]): string | null {
    const known = [2, 1]
        .map((count) => words.slice(0, count).join(" "))
        .find((name) => Object.hasOwn(PULUMI_COMMANDS, name));
    if (known === undefined) {
        return `pulumi ${words.join(" ")}: PULUMI_COMMANDS does not have it`;
    }
    const unknown = optionsIn(words).filter((option) => !PULUMI_COMMANDS[known].includes(option));
    return unknown.length > 0 ? `pulumi ${known}: PULUMI_COMMANDS has no ${unknown.join(", ")}` : null;
}

/** The help of each sub-command, printed only once. */
const agentHelps = new Map<string, Promise<string | null>>();

function agentHelp(verb: string): Promise<string | null> {
    const ask = () => execa("python3", [path.join(ROOT, "scripts", "alias-switch"), verb, "--help"]);
    const help =
        agentHelps.get(verb) ??
        ask().then(
            ({ stdout }) => stdout,
            () => null,
        );
    agentHelps.set(verb, help);
    return help;
}

async function checkAgent([verb, ...words]: string[]): Promise<string | null> {
    const help = await agentHelp(verb);
    const unknown = optionsIn(words).filter((option) => help?.includes(option) !== true);
    return help !== null && unknown.length === 0 ? null : `alias-switch has no ${[verb, ...unknown].join(" ")}`;
}

/** The error in a documented command, or null. */
async function wrong([program, ...words]: string[]): Promise<string | null> {
    switch (program) {
        case "npm":
            return checkNpm(words);
        case "npx":
            // `npx mocha FILE`
            return words[0] === "failover" ? checkFailover(words.slice(1)) : words[0] === "mocha" ? null : "unknown";
        case "pulumi":
            return checkPulumi(words);
        case "alias-switch":
            return checkAgent(words);
        default:
            return Object.hasOwn(NOT_CHECKED, program) ? null : `${program}: check it, or say in NOT_CHECKED why not`;
    }
}

async function problems(lines: CommandLine[]): Promise<string[]> {
    const found = await Promise.all(lines.map(async ({ at, words }) => ({ at, problem: await wrong(words) })));
    return found.filter(({ problem }) => problem !== null).map(({ at, problem }) => `${at}: ${problem}`);
}

describe("the commands in the documentation", function () {
    this.timeout(120_000);

    it("can be typed as they are written, in blocks", async () => {
        const lines = commandLines();
        expect(lines).to.have.length.greaterThan(60);
        expect(await problems(lines)).to.deep.equal([]);
    });

    it("can be typed as they are written, in sentences", async () => {
        const lines = namedCommands(["npm", "npx", "pulumi", "alias-switch"]);
        expect(lines).to.have.length.greaterThan(40);
        expect(await problems(lines)).to.deep.equal([]);
    });

    it("are refused if they are wrong", async () => {
        const bad = [
            "npm run nothing",
            "npm run demo -- --nothing",
            "npm run demo --keep",
            "npm run cloud -- explode",
            "npm test -- unit nothing.test.ts",
            "npx failover nothing",
            "npx failover status --nothing",
            "npx failover drill --client -oProxyCommand=x",
            "pulumi stack nothing --now",
            "pulumi up --nothing",
            "alias-switch nothing",
            "alias-switch drain --nothing",
            "frobnicate",
            "npm install ./failover-pair-0.0.1.tgz",
        ];
        const found = await Promise.all(bad.map((line) => wrong(line.split(" "))));
        expect(bad.filter((_, index) => found[index] === null)).to.deep.equal([]);
    });
});
