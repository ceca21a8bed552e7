/** What can be changed while the cloud runs (`setTiming`, POST /timing on the control socket). */
export interface Settings {
    /** Round trip of one request in ms: half passes before the request is looked at, half after. */
    latencyMs: number;
    /** From the acceptance of an action to its completion, in ms. */
    actionMs: number;
    /** Requests per hour and project; one comes back every 3600/n seconds. */
    rateLimit: number;
    /**
     * How `change_alias_ips` refuses an address that is held elsewhere. The documentation knows `ip_not_available` (of attach_to_network);
     * operators have reported `no_subnet_available`.
     */
    heldAliasCode: "ip_not_available" | "no_subnet_available";
    /** YYYY-MM-DD: which of Hetzner's changes have happened (`changes.ts`); null for the machine's clock. */
    date: string | null;
}

export const DEFAULTS: Settings = {
    latencyMs: 60,
    actionMs: 800,
    rateLimit: 3600,
    heldAliasCode: "ip_not_available",
    date: null,
};
