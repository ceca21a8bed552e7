import { Timing } from "../spec/timing";

/** keepalived's advert_int in seconds. With VRRPv3 a backup takes over after three of them and a small skew. */
export const ADVERT_INTERVAL: Record<Timing, number> = {
    [Timing.Fast]: 0.2,
    [Timing.Balanced]: 0.5,
    [Timing.Conservative]: 1,
};
