import type { InvalidArguments } from "./invalidArgument";
import { shownUrl } from "./invalidArgument";
import type { CheckSpec } from "./spec";
import { strictUrl } from "./urls";

// a check's name becomes the name of a file and of a vrrp_script
const CHECK_NAME = /^[a-z0-9][a-z0-9_-]{0,30}$/i;
/** A check that hangs has to stop the node within this time (s), unless its interval makes it slower anyway. */
const HANGING = 60;

export function validateChecks(checks: CheckSpec[], problems: InvalidArguments): void {
    const names = new Set<string>();
    checks.forEach((check, i) => {
        const path = `checks[${i}]`;
        problems.check(
            CHECK_NAME.test(check.name),
            `${path}.name`,
            `"${check.name}" is not a name for a check: use at most 31 letters, digits, - and _`,
        );
        problems.check(
            !names.has(check.name),
            `${path}.name`,
            `"${check.name}" is the name of an earlier check: choose another`,
        );
        names.add(check.name);
        problems.check(
            (check.command === undefined) !== (check.httpUrl === undefined),
            path,
            `"${check.name}" needs exactly one of command and httpUrl`,
        );
        problems.check(
            check.command === undefined || check.command.trim() !== "",
            `${path}.command`,
            "an empty command would always succeed: write a command, or remove the check",
        );
        problems.check(
            check.httpUrl === undefined || strictUrl(check.httpUrl, ["http", "https"]) !== undefined,
            `${path}.httpUrl`,
            `${shownUrl(check.httpUrl ?? "")} is not an HTTP URL: write it like http://127.0.0.1/health`,
        );
        for (const key of ["interval", "timeout"] as const) {
            // keepalived before 2.3.2 (all supported systems except Debian 13) refuses fractions of a second
            problems.check(
                isWhole(check[key], 3600),
                `${path}.${key}`,
                `${check[key]} is not a whole number of seconds from 1 to 3600`,
            );
        }
        // keepalived starts a run only after the previous one ended, so a check that hangs counts as failed after
        // timeout × fall
        const longest = Math.max(check.interval, Math.floor(HANGING / check.fall));
        problems.check(
            !(check.timeout > longest),
            `${path}.timeout`,
            `a check that hangs stops the node only after ${check.timeout * check.fall} s (timeout × fall): set timeout to at most ${Math.max(longest, 1)}, or raise interval`,
        );
        for (const key of ["rise", "fall"] as const) {
            problems.check(
                isWhole(check[key], 100),
                `${path}.${key}`,
                `${check[key]} is not a whole number from 1 to 100`,
            );
        }
    });
}

function isWhole(value: number, most: number): boolean {
    return Number.isInteger(value) && value >= 1 && value <= most;
}
