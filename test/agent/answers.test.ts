import type { Row, Where } from "./rows";
import { describeRows } from "./rows";

const PLACES: [Where, string][] = [
    ["clear", "the clear"],
    ["assign", "the assign"],
    ["both", "both"],
];

/** The same fault at the clear, at the assign and at both. */
function each(name: string, row: Omit<Row, "name" | "faults">, ...faults: Row["faults"]): Row[] {
    return PLACES.map(([at, place]) => ({
        ...row,
        name: `${name} (${place})`,
        faults: faults.map((f) => ({ ...f, at })),
    }));
}

describeRows("an invalid answer from the API", [
    ...each(
        "the change is carried out, but its answer is lost",
        { cause: "network" },
        { kind: "lostAnswer", count: 1 },
    ),
    ...each("the connection is cut before the change", { cause: "network" }, { kind: "dropRequest", count: 1 }),
    ...each("malformed JSON", { cause: "garbled|refused" }, { kind: "malformedJson", count: 1 }),
    ...each("an empty body", { cause: "garbled|refused" }, { kind: "emptyBody", count: 1 }),
    {
        name: "500 three times, then 503 twice, at the clear",
        faults: inARow("clear"),
        cause: "server-error",
        withinMs: 8000,
    },
    {
        name: "500 three times, then 503 twice, at the assign",
        faults: inARow("assign"),
        cause: "server-error",
        withinMs: 8000,
    },
    ...each("the action takes ten times as long", { withinMs: 3500 }, { kind: "actionMs", ms: 1000, count: 1 }),
    { name: "malformed JSON to a reading", faults: [{ ...get(), kind: "malformedJson" }], cause: "garbled" },
    { name: "an empty body to a reading", faults: [{ ...get(), kind: "emptyBody" }], cause: "garbled" },
    { name: "the kept connection is closed when it is used", faults: [{ ...get(), kind: "dropRequest" }] },
    {
        name: "500 and 503 to everything for 3 s",
        faults: [
            { kind: "error", status: 500, code: "server_error", forMs: 1500 },
            { kind: "error", status: 503, code: "unavailable", forMs: 3000 },
        ],
        cause: "server-error",
        withinMs: 8000,
    },
    { name: "every answer takes 0.2 to 0.4 s", faults: [{ kind: "latency", ms: 300, jitterMs: 100 }], withinMs: 6000 },
]);

function inARow(at: Where): Row["faults"] {
    return [
        { kind: "error", status: 500, code: "server_error", at, count: 3 },
        { kind: "error", status: 503, code: "unavailable", at, skip: 3, count: 2 },
    ];
}

function get(): { match: { method: string }; count: number } {
    return { match: { method: "GET" }, count: 1 };
}
