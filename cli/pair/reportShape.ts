import { isAddress, isName } from "../wire/words";
import { flag, list, nullable, number, object, oneOf, openObject, optional, record, text, word } from "../wire/shape";

/** Seconds since the epoch, up to the year 9999. */
export const moment = number(0, 253_402_300_799, null);
const seconds = number(0, 1e9, 0);
const name = nullable(text(null, 100));
const address = word(isAddress, null);

const CLAIM = object({ at: number(0, 253_402_300_799, 0), from: name, seconds, steps: record(seconds) }, null);
const ERROR = object({ at: number(0, 253_402_300_799, 0), text: text("?"), over: optional(flag(false)) }, null);
const BRIDGE = object({ ready: optional(flag(false)), problem: optional(nullable(text(null))) }, null);

/**
 * The output of `alias-switch status --json`. Only the verdict is required. All other values may be missing or invalid.
 */
export const REPORT = openObject(
    {
        pair: word(isName, ""),
        vips: list(address),
        vrrp: oneOf(["MASTER", "BACKUP", "FAULT", "STOP", "unknown"], "unknown"),
        since: nullable(moment),
        interface: nullable(text(null, 30)),
        vipsOnNic: list(address),
        drained: flag(false),
        agent: text("?", 100),
        keepalived: name,
        service: name,
        checks: optional(record(text("?"))),
        bridge: optional(nullable(BRIDGE)),
        carriedBy: optional(name),
        followsAt: optional(nullable(moment)),
        lastClaim: nullable(CLAIM),
        lastError: nullable(ERROR),
        holderByMetadata: name,
        holderByApi: name,
        apiError: nullable(text("?")),
        requestsLeft: nullable(number(0, 1e9, null)),
        tokenValid: nullable(flag(null)),
        ready: optional(flag(false)),
        notReady: optional(nullable(text(null))),
        hearsVrrp: optional(nullable(flag(null))),
        refused: optional(record(text("?"))),
        watched: optional(nullable(flag(null))),
        verdict: text(null),
        exit: oneOf([0, 1, 2], 2),
    },
    null,
);
