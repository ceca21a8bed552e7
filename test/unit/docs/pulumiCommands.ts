/**
 * The commands of the Pulumi CLI that the documentation may use, with their options. test/e2e/documented.test.ts
 * compares them with the engine, which the unit tests do not have.
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
