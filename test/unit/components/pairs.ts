import * as pulumi from "@pulumi/pulumi";
import type { FailoverPairArgs } from "../../../components";
import type { Given, PairSpec, PlainArgs } from "../../../components/spec/spec";
import { resolveSpec } from "../../../components/spec/spec";
import { newSshKey } from "../../../lab/stack/sshKey";

export const TOKEN = "tokenTOKEN0123456789".padEnd(64, "x");
export const { private: PRIVATE_KEY, public: PUBLIC_KEY } = newSshKey();

/** The required arguments, with secrets as a program has them. */
export function minimalArgs(): FailoverPairArgs {
    return {
        virtualIps: ["10.0.1.1"],
        token: pulumi.secret(TOKEN),
        sshPrivateKey: pulumi.secret(PRIVATE_KEY),
        sshPublicKey: PUBLIC_KEY,
    };
}

export const NOTHING_GIVEN: Given = { network: false, subnet: false, sshKey: true };

/** The spec of a pair, as the renderers get it. */
export function spec(args: Partial<PlainArgs> = {}, name = "web"): PairSpec {
    return resolveSpec(name, { virtualIps: ["10.0.1.1"], ...args }, NOTHING_GIVEN);
}
