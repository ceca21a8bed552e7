// Build metadata, not a pre-release: the engine wants at least 1.2.1, and 1.2.1-standin would be less than that.
export const VERSION = "1.2.1+standin";
