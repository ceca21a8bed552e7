import { reportOf } from "../pair/report";
import { REPORT } from "../pair/reportShape";
import { type FromNode, parseJson } from "../wire/intake";
import { lines, list, nullable, number, object, oneOf, optional, record, type Shape, text, word } from "../wire/shape";
import { isAddress, isUnit, isVersion } from "../wire/words";
import type { Exam } from "./exam";

/** Placeholder for the name of the watched service, which examine.py reads from the node's configuration. */
export const WATCHED = "@SERVICE@";

/** More than any number of bytes, files or packets. */
const HUGE = 2 ** 53;
const count = number(0, HUGE, 0);
const NOT_TOLD = { code: 124, said: "the node did not say" };

const RAN = object({ code: number(-255, 255, 124), said: lines("the node did not say", 4096) }, NOT_TOLD);

/** Only its presence matters. */
const anyObject: Shape<object | null> = (value, at, odd) => object({}, null)(value, at, odd);

const CONFIG = object(
    {
        address: word(isAddress, "?"),
        peerAddress: word(isAddress, "?"),
        serverId: number(0, HUGE, 0),
        service: nullable(word(isUnit, null)),
        vips: optional(list(word(isAddress, null))),
        ports: optional(nullable(list(text(null, 20)))),
        bridge: optional(nullable(anyObject)),
    },
    null,
);

const DISK = object(
    { path: oneOf(["/", "/run", "/var/log"], "/"), free: count, size: count, filesFree: count, files: count },
    null,
);

const SOCKET = object(
    {
        port: text("?", 20),
        address: text("?", 64),
        program: text("?", 64),
        pid: count,
        uid: nullable(count),
        cgroup: text("?", 512),
    },
    null,
);

/** What remote/examine.py prints. Missing and invalid values get defaults. */
const EXAM = object(
    {
        config: nullable(CONFIG),
        status: nullable(REPORT),
        adverts: nullable(object({ sent: count, arrived: count, delivered: count }, null)),
        advertsError: optional(text("the node did not say")),
        tokenCheck: RAN,
        tokenFile: nullable(object({ mode: text("?", 10), owner: text("?", 100) }, null)),
        keepalivedConf: nullable(lines(null, 256 * 1024)),
        confCheck: RAN,
        keepalivedVersion: nullable(word(isVersion, null)),
        digests: record(nullable(text(null, 64))),
        failedUnits: list(text(null, 255)),
        enabled: object(
            {
                keepalived: text("not told", 40),
                "alias-switch": text("not told", 40),
                "failover-pair-guard": text("not told", 40),
            },
            null,
        ),
        disks: list(DISK),
        nonlocalBind: text("not told", 40),
        sockets: optional(list(SOCKET)),
        agentPorts: optional(nullable(list(text(null, 20)))),
    },
    null,
);

/** Null for text that is not an examination. */
export function parseExam(said: FromNode | string, node: string): Exam | null {
    const read = parseJson(said, EXAM);
    if (read === null || read.value === null) {
        return null;
    }
    const { status, enabled, ...exam } = read.value;
    return {
        ...exam,
        status: reportOf({ value: status, odd: [] }, node),
        enabled: { ...(enabled ?? { keepalived: "not told", "alias-switch": "not told" }) },
    };
}
