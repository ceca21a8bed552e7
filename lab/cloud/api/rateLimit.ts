import { ApiError } from "./errors";
import type { Settings } from "./settings";

const HOUR_MS = 3_600_000;

export type RateLimitHeaders = Record<"ratelimit-limit" | "ratelimit-remaining" | "ratelimit-reset", string>;

/** A bucket of requests per project (or per address, for requests without a valid token) that fills up evenly within an hour. */
export class RateLimit {
    private readonly buckets = new Map<string, { used: number; at: number }>();

    constructor(private readonly settings: Settings) {}

    /** Counts one request. Refused requests get the headers too. */
    take(key: string, now = Date.now()): { headers: RateLimitHeaders; refused: boolean } {
        const limit = this.settings.rateLimit;
        const bucket = this.buckets.get(key) ?? { used: 0, at: now };
        const used = Math.max(0, bucket.used - ((now - bucket.at) * limit) / HOUR_MS);
        const refused = used + 1 > limit;
        const after = refused ? used : used + 1;
        this.buckets.set(key, { used: after, at: now });
        return { headers: headers(limit, limit - after, now + (after * HOUR_MS) / limit), refused };
    }
}

export function headers(limit: number, remaining: number, resetAt: number): RateLimitHeaders {
    return {
        "ratelimit-limit": String(limit),
        "ratelimit-remaining": String(Math.max(0, Math.floor(remaining))),
        "ratelimit-reset": String(Math.ceil(resetAt / 1000)),
    };
}

export function rateLimitExceeded(): ApiError {
    return new ApiError(429, "rate_limit_exceeded", "limit of requests per hour reached, please retry later");
}
