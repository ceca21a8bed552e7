/**
 * When the alias follows to the node that serves, while the other one, which has it, carries the packets over. Following
 * costs a gap of one assignment by the API, about a second; not following costs the service if the other node dies.
 */
export enum AliasFollows {
    /**
     * After `graceSeconds`, or at once when the other node dies, shuts down or cannot be reached. If the other node failed and is
     * well again when they are over, the alias stays and it is the one that serves again; once in ten minutes.
     */
    AfterGrace = "afterGrace",
    /** At once; the other node carries until the alias is taken from it. */
    Immediately = "immediately",
    /** Only when the other node dies, shuts down or cannot be reached. */
    IfUnreachable = "ifUnreachable",
}
