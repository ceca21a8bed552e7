/**
 * The commands of docs/day-two.md and examples/adopt, as the tests run them; test/unit/docs/dayTwo.test.ts compares
 * them.
 */
export const COMMANDS = {
    up: "pulumi up",
    upRefresh: "pulumi up --refresh",
    refreshByProgram: "pulumi refresh --run-program",
    nodesToken: "pulumi config set --secret hcloudToken",
    providersToken: "pulumi config set --secret hcloud:token",
    publicKey: "pulumi config set sshPublicKey",
    privateKey: "pulumi config set --secret sshPrivateKey",
    timing: "pulumi config set timing fast",
    location: "pulumi config set nginx1Location hel1",
    import: "pulumi import --file resources.json --protect=false --generate-code=false",
    destroy: "pulumi destroy --refresh",
};
