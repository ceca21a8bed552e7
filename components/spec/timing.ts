/**
 * How fast a dead node is noticed, against how long a pause (a live migration, a snapshot, a lost packet) is tolerated.
 * The time is the longest until the other node takes over; moving the alias in the cloud comes on top.
 */
export enum Timing {
    /** An advert every 0.2 s: a dead node is noticed within 0.61 s. */
    Fast = "fast",
    /** An advert every 0.5 s: a dead node is noticed within 1.53 s. */
    Balanced = "balanced",
    /** An advert every second: a dead node is noticed within 3.06 s. */
    Conservative = "conservative",
}

/** keepalived's advert_int in seconds; with VRRPv3 the backup waits for three of them and a small skew. */
export const ADVERT_INTERVAL: Record<Timing, number> = {
    [Timing.Fast]: 0.2,
    [Timing.Balanced]: 0.5,
    [Timing.Conservative]: 1,
};
