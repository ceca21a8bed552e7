/**
 * How fast a dead node is detected. A slower timing tolerates longer pauses: a live migration, a snapshot, a lost
 * packet. Each time is the longest until the other node takes over; moving the alias in the cloud takes more time after
 * that.
 */
export const Timing = {
    /** An advert every 0.2 s: a dead node is detected within 0.61 s. */
    Fast: "fast",
    /** An advert every 0.5 s: a dead node is detected within 1.53 s. */
    Balanced: "balanced",
    /** An advert every second: a dead node is detected within 3.06 s. */
    Conservative: "conservative",
} as const;
export type Timing = (typeof Timing)[keyof typeof Timing];
