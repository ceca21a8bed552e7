import { AliasFollows } from "./aliasFollows";
import { isCidr } from "./cidr";
import type { InvalidArgument } from "./invalidArgument";
import { InvalidArguments } from "./invalidArgument";
import type { Given, PairSpec } from "./spec";
import { Timing } from "./timing";
import { validateAddresses } from "./validateAddresses";
import { validateApi } from "./validateApi";
import { validateChecks } from "./validateChecks";
import { validateNodes } from "./validateNodes";
import { validatePorts } from "./validatePorts";
import { whyNotPublicKey } from "./validateAccess";

// The pair's name becomes a label's value, the name of a VRRP instance, and the start of host names.
const PAIR_NAME = /^[a-z]([a-z0-9-]{0,48}[a-z0-9])?$/i;
const UNIT = /^[A-Za-z0-9:_.\\][A-Za-z0-9:_.\\-]*(@[A-Za-z0-9:_.\\-]+)?\.service$/;
// systemd refuses longer names, and the drop-in's folder is named after the unit
const LONGEST_UNIT = 250;
/**
 * The pair's own units. The drop-in of `service` has the same name as the drop-in of keepalived, and would replace it.
 */
const OWN_UNIT = /^(keepalived|alias-switch|failover-pair-.*)\.service$/;
// Debian Policy 5.6.7, 5.6.8 and 5.6.12; apt reads a "-" at the end as a request to remove the package
const PACKAGE = /^[a-z0-9][a-z0-9+.-]*[a-z0-9+.](:[a-z0-9][a-z0-9-]*)?(=[A-Za-z0-9.+:~-]*[A-Za-z0-9.+~])?$/;

/** Every problem of a pair, in the order of its arguments. The spec must have its defaults filled in. */
export function validate(spec: PairSpec, given: Given): InvalidArgument[] {
    const problems = new InvalidArguments();
    problems.check(
        PAIR_NAME.test(spec.name),
        "name",
        `"${spec.name}" cannot be the start of a host name: use at most 50 letters, digits and hyphens, a letter first`,
    );
    validateAddresses(spec, problems);
    problems.check(
        given.network || !given.subnet,
        "networkId",
        "subnetId is set without its network: set networkId to the network that has the subnet",
    );
    problems.check(
        given.sshKey,
        "sshPublicKey",
        "missing, so the nodes would refuse every login: set it to the public part of sshPrivateKey, or set sshKeys",
    );
    spec.authorizedKeys.forEach((key, i) => {
        const reason = whyNotPublicKey(key);
        problems.check(reason === undefined, `authorizedKeys[${i}]`, reason ?? "");
    });
    spec.sshSources.forEach((source, i) =>
        problems.check(
            isCidr(source),
            `sshSources[${i}]`,
            `"${source}" is not a CIDR range: write 203.0.113.7/32 or 2001:db8::/32, with no bits set after the prefix`,
        ),
    );
    validateNodes(spec, problems);
    spec.packages.forEach((name, i) =>
        problems.check(
            PACKAGE.test(name),
            `packages[${i}]`,
            `"${name}" is not a Debian package: write NAME, NAME:ARCHITECTURE or NAME=VERSION`,
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
        `${grace} is not a whole number from 1 to 86400: to wait 0 s set aliasFollows to immediately, to wait forever set it to ifUnreachable`,
    );
    const id = spec.virtualRouterId;
    problems.check(
        Number.isInteger(id) && id >= 1 && id <= 255,
        "virtualRouterId",
        `${id} is not a whole number from 1 to 255: omit it to derive it from the first virtual IP`,
    );
    validateApi(spec, problems);
    return problems.found;
}

function whyNotService(unit: string): string | undefined {
    if (!UNIT.test(unit) || unit.length > LONGEST_UNIT) {
        return `"${unit}" is not a service unit: write its full name, such as nginx.service`;
    }
    return OWN_UNIT.test(unit)
        ? `${unit} is one of the pair's own units: name the service behind the virtual IP, such as nginx.service`
        : undefined;
}
