import { randomBytes } from "node:crypto";
import type { Client } from "ssh2";
import { dial } from "./dial";
import { explanation, probe, Refused } from "./environment";
import { read, type CommandInputs } from "./inputs";
import { Lines, type Log } from "./log";
import { run, type Output } from "./run";
import { UNKNOWN, reveal, secret, type Properties } from "./values";

export interface Operation {
    urn: string;
    preview: boolean;
    signal: AbortSignal;
}

/** The life cycle of one remote.Command. Its state has the inputs, with their secrets wrapped, and the last output. */
export class RemoteCommand {
    constructor(private readonly log: Log) {}

    async create(inputs: Properties, operation: Operation): Promise<{ id: string; state: Properties }> {
        const id = nameOf(operation.urn) + randomBytes(4).toString("hex");
        if (operation.preview) {
            return { id, state: { ...stateOf(inputs), stdout: UNKNOWN, stderr: UNKNOWN } };
        }
        const command = read(inputs);
        const output = await this.execute(command, command.create, { stdout: "", stderr: "" }, operation);
        return { id, state: { ...stateOf(inputs), ...output } };
    }

    async update(old: Properties, inputs: Properties, operation: Operation): Promise<Properties> {
        if (operation.preview) {
            return { ...stateOf(inputs), stdout: UNKNOWN, stderr: UNKNOWN };
        }
        const command = read(inputs);
        const output = await this.execute(command, command.update ?? command.create, outputOf(old), operation);
        return { ...stateOf(inputs), ...output };
    }

    async delete(state: Properties, operation: Operation): Promise<void> {
        const command = read(state);
        await this.execute(command, command.delete, outputOf(state), operation);
    }

    private async execute(
        inputs: CommandInputs,
        command: string | undefined,
        previous: Output,
        { urn, signal }: Operation,
    ): Promise<Output> {
        if (command === undefined) {
            return previous;
        }
        const client = await dial(inputs.connection, signal, (message) => this.log.write("info", urn, message, true));
        const logging = inputs.logging ?? "stdoutAndStderr";
        const stdout = new Lines((line) => this.log.write("info", urn, line));
        const stderr = new Lines((line) => this.log.write("info", urn, line));
        try {
            return await run(client, command, {
                environment: await this.environment(client, inputs, previous, urn),
                stdin: inputs.stdin,
                onStdout: (chunk) => (logging.startsWith("stdout") ? stdout.push(chunk) : undefined),
                onStderr: (chunk) => (/stderr$/i.test(logging) ? stderr.push(chunk) : undefined),
            });
        } finally {
            client.end();
            stdout.end();
            stderr.end();
            await this.log.flush();
        }
    }

    /** The server must accept the program's own variables. The variable with the previous output is optional. */
    private async environment(
        client: Client,
        inputs: CommandInputs,
        previous: Output,
        urn: string,
    ): Promise<Record<string, string>> {
        const environment = { ...inputs.environment };
        for (const [key, value] of Object.entries(environment)) {
            await probe(client, key, value).catch((error: unknown) => {
                this.log.write("error", urn, explanation(key));
                throw error;
            });
        }
        const courtesy = { PULUMI_COMMAND_STDOUT: previous.stdout, PULUMI_COMMAND_STDERR: previous.stderr };
        for (const [key, value] of Object.entries(inputs.addPreviousOutputInEnv === false ? {} : courtesy)) {
            if (value !== "") {
                try {
                    await probe(client, key, value);
                    environment[key] = value;
                } catch (error) {
                    if (!(error instanceof Refused)) {
                        throw error;
                    }
                    this.log.write("warning", urn, explanation(key));
                }
            }
        }
        return environment;
    }
}

const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");

const stateOf = (inputs: Properties): Properties => ({ ...inputs, connection: secret(inputs.connection) });

function outputOf(state: Properties): Output {
    const text = (value: unknown): string => (typeof value === "string" ? value : "");
    return { stdout: text(reveal(state.stdout)), stderr: text(reveal(state.stderr)) };
}
