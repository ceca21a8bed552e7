/**
 * When the alias moves to the serving node, while the other node has the alias and forwards its packets. The move
 * causes a gap of one assignment by the API, about a second. Without it, the service fails if the other node dies.
 */
export const AliasFollows = {
    /**
     * After `graceSeconds`, or at once when the other node dies, shuts down or cannot be reached. If the other node has
     * recovered by then, the alias stays there and that node serves again, at most once every ten minutes.
     */
    AfterGrace: "afterGrace",
    /** At once. The other node forwards packets until the alias is moved. */
    Immediately: "immediately",
    /** Only when the other node dies, shuts down or cannot be reached. */
    IfUnreachable: "ifUnreachable",
} as const;
export type AliasFollows = (typeof AliasFollows)[keyof typeof AliasFollows];
