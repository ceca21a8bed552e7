import type { Problems } from "./problem";
import { shownUrl } from "./problem";
import type { CheckSpec } from "./spec";
import { strictUrl } from "./urls";

// it becomes the name of a file and of a vrrp_script
const CHECK_NAME = /^[a-z0-9][a-z0-9_-]{0,30}$/i;
/** Seconds within which a check that hangs has to stop the node, unless the check is to run so seldom that it takes longer anyway. */
const HANGING = 60;

export function validateChecks(checks: CheckSpec[], problems: Problems): void {
    const names = new Set<string>();
    checks.forEach((check, i) => {
        const path = `checks[${i}]`;
        problems.check(
            CHECK_NAME.test(check.name),
            `${path}.name`,
            `"${check.name}" is no name for a check: use letters, digits, - and _, 31 at most`,
        );
        problems.check(
            !names.has(check.name),
            `${path}.name`,
            `"${check.name}" is the name of an earlier check too: choose another`,
        );
        names.add(check.name);
        problems.check(
            (check.command === undefined) !== (check.httpUrl === undefined),
            path,
            `"${check.name}" needs either a command or an httpUrl, exactly one of them`,
        );
        problems.check(
            check.command === undefined || check.command.trim() !== "",
            `${path}.command`,
            "an empty command would always be good: write one, or leave the check out",
        );
        problems.check(
            check.httpUrl === undefined || strictUrl(check.httpUrl, ["http", "https"]) !== undefined,
            `${path}.httpUrl`,
            `${shownUrl(check.httpUrl ?? "")} is no URL that can be got: write it like http://127.0.0.1/health`,
        );
        for (const key of ["interval", "timeout"] as const) {
            // parts of a second are a config error in keepalived before 2.3.2, which only Debian 13 is past
            problems.check(
                isWhole(check[key], 3600),
                `${path}.${key}`,
                `${check[key]} is not a whole number of seconds from 1 to 3600`,
            );
        }
        // keepalived starts no run before the last one has ended: a check that hangs counts as failed after timeout × fall
        const longest = Math.max(check.interval, Math.floor(HANGING / check.fall));
        problems.check(
            !(check.timeout > longest),
            `${path}.timeout`,
            `a check that hangs stops the node only after ${check.timeout * check.fall} s (timeout × fall): set timeout to ${Math.max(longest, 1)} at most, or interval higher`,
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
