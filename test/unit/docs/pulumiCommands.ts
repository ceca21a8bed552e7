/**
 * What the documentation may call of the Pulumi CLI, with the options that it may give. test/e2e/documented.test.ts asks the
 * engine for each of them; there is no engine where the unit tests run.
 */
export const PULUMI_COMMANDS: Record<string, string[]> = {
    up: ["--refresh"],
    preview: ["--refresh"],
    refresh: ["--run-program"],
    destroy: ["--refresh", "--target"],
    import: ["--file", "--protect", "--generate-code"],
    login: ["--local"],
    config: [],
    "config set": ["--secret"],
    stack: ["--show-urns"],
    "stack init": [],
    "stack output": ["--json"],
    "stack export": ["--version"],
    "stack import": ["--file"],
    "state delete": ["--target-dependents"],
    "package add": [],
    "plugin install": [],
};
