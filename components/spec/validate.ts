import { AliasFollows } from "./aliasFollows";
import { isCidr } from "./cidr";
import type { Problem } from "./problem";
import { Problems } from "./problem";
import type { Given, PairSpec } from "./spec";
import { Timing } from "./timing";
import { validateAddresses } from "./validateAddresses";
import { validateApi } from "./validateApi";
import { validateChecks } from "./validateChecks";
import { validateNodes } from "./validateNodes";
import { validatePorts } from "./validatePorts";
import { whyNotPublicKey } from "./validateAccess";

// The pair's name becomes a label's value, the name of a VRRP instance, and the beginning of host names.
const PAIR_NAME = /^[a-z]([a-z0-9-]{0,48}[a-z0-9])?$/i;
const UNIT = /^[A-Za-z0-9:_.\\][A-Za-z0-9:_.\\-]*(@[A-Za-z0-9:_.\\-]+)?\.service$/;
// systemd takes no longer name, and a drop-in's folder is named after the unit
const LONGEST_UNIT = 250;
/** The pair's own units. The service's drop-in has the same name as keepalived's, so it would replace that one. */
const OWN_UNIT = /^(keepalived|alias-switch|failover-pair-.*)\.service$/;
// Debian Policy 5.6.7, 5.6.8 and 5.6.12; apt would take a last "-" for the wish to remove the package
const PACKAGE = /^[a-z0-9][a-z0-9+.-]*[a-z0-9+.](:[a-z0-9][a-z0-9-]*)?(=[A-Za-z0-9.+:~-]*[A-Za-z0-9.+~])?$/;

/** Everything that is wrong with a pair, in the order of its arguments. Pure; defaults must be filled in already. */
export function validate(spec: PairSpec, given: Given): Problem[] {
    const problems = new Problems();
    problems.check(
        PAIR_NAME.test(spec.name),
        "name",
        `"${spec.name}" cannot begin host names: use letters, digits and hyphens, 50 at most, a letter first`,
    );
    validateAddresses(spec, problems);
    problems.check(
        given.network || !given.subnet,
        "networkId",
        "a subnet is given without its network: give the id of the network that subnetId belongs to",
    );
    problems.check(
        given.sshKey,
        "sshPublicKey",
        "without a key nobody can log in to the nodes: give the public part of sshPrivateKey, or sshKeys",
    );
    spec.authorizedKeys.forEach((key, i) => {
        const reason = whyNotPublicKey(key);
        problems.check(reason === undefined, `authorizedKeys[${i}]`, reason ?? "");
    });
    spec.sshSources.forEach((source, i) =>
        problems.check(
            isCidr(source),
            `sshSources[${i}]`,
            `"${source}" is no CIDR range: write 203.0.113.7/32 or 2001:db8::/32, with no bits set behind the prefix`,
        ),
    );
    validateNodes(spec, problems);
    spec.packages.forEach((name, i) =>
        problems.check(
            PACKAGE.test(name),
            `packages[${i}]`,
            `"${name}" is no Debian package: write NAME, NAME:ARCHITECTURE or NAME=VERSION`,
        ),
    );
    const reason = spec.service === undefined ? undefined : whyNotService(spec.service);
    problems.check(reason === undefined, "service", reason ?? "");
    validateChecks(spec.checks, problems);
    problems.check(
        Object.values(Timing).includes(spec.timing),
        "timing",
        `"${spec.timing}" is unknown: choose one of ${Object.values(Timing).join(", ")}`,
    );
    problems.check(
        Object.values(AliasFollows).includes(spec.aliasFollows),
        "aliasFollows",
        `"${spec.aliasFollows}" is unknown: choose one of ${Object.values(AliasFollows).join(", ")}`,
    );
    validatePorts(spec.ports, problems);
    const grace = spec.graceSeconds;
    problems.check(
        Number.isInteger(grace) && grace >= 1 && grace <= 86400,
        "graceSeconds",
        `${grace} is not a whole number from 1 to 86400: for none set aliasFollows to immediately, for ever to ifUnreachable`,
    );
    const id = spec.virtualRouterId;
    problems.check(
        Number.isInteger(id) && id >= 1 && id <= 255,
        "virtualRouterId",
        `${id} is not a whole number from 1 to 255: leave it out, and it is derived from the first virtual IP`,
    );
    validateApi(spec, problems);
    return problems.found;
}

function whyNotService(unit: string): string | undefined {
    if (!UNIT.test(unit) || unit.length > LONGEST_UNIT) {
        return `"${unit}" is no service unit: write its whole name, such as nginx.service`;
    }
    return OWN_UNIT.test(unit)
        ? `${unit} belongs to the pair itself: name the service that the virtual IP stands for, such as nginx.service`
        : undefined;
}
