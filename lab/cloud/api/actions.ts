import { setTimeout as delay } from "node:timers/promises";
import type { Action, Reference } from "./model";
import { timestamp } from "./model";
import type { Settings } from "./settings";
import type { Store } from "./store";

/** How the actions of a request proceed. Faults change it. */
export interface ActionPlan {
    ms?: number;
    hang?: Promise<void>;
    error?: { code: string; message: string };
}

export interface ActionSpec {
    command: string;
    resources: Reference[];
    /** The resources that are locked until the action has ended. */
    lock: Reference[];
    plan: ActionPlan;
    /** The action that must end first. If it fails, this one fails too. */
    after?: Action;
    /** Addresses that no other server can get while the action runs. */
    claims?: Claim;
    /** Makes the change when the action's time is over. If it rejects, nothing was changed. */
    complete: () => Promise<void> | void;
    /** Called when the action has ended as `error`. */
    failed?: () => void;
}

export interface Claim {
    networkId: number;
    ips: string[];
}

interface Running {
    action: Action;
    spec: ActionSpec;
    startedAt: number;
    done: Promise<void>;
}

/** Asynchronous actions: accepted at once, done `actionMs` later, and polled by clients in between. */
export class Actions {
    private readonly running = new Map<number, Running>();
    private readonly stopping = new AbortController();

    constructor(
        private readonly store: Store,
        private readonly settings: Settings,
    ) {}

    start(spec: ActionSpec): Action {
        const { command, resources } = spec;
        const id = this.store.nextId();
        const action: Action = {
            id,
            command,
            status: "running",
            started: timestamp(),
            finished: null,
            resources,
            error: null,
        };
        this.store.actions.set(id, action);
        const entry: Running = { action, spec, startedAt: Date.now(), done: Promise.resolve() };
        this.running.set(id, entry);
        entry.done = this.run(entry);
        return action;
    }

    isLocked({ type, id }: Reference): boolean {
        return [...this.running.values()].some(({ spec }) =>
            spec.lock.some((ref) => ref.type === type && ref.id === id),
        );
    }

    /** The running actions of a resource, and the addresses that they will assign. */
    runningOn({ type, id }: Reference): { command: string; resources: Reference[]; claimed: string[] }[] {
        return [...this.running.values()]
            .filter(({ spec }) => spec.resources.some((ref) => ref.type === type && ref.id === id))
            .map(({ spec }) => ({
                command: spec.command,
                resources: spec.resources,
                claimed: spec.claims?.ips ?? [],
            }));
    }

    claims(networkId: number): string[] {
        const claims = [...this.running.values()].map(({ spec }) => spec.claims);
        return claims.flatMap((claim) => (claim?.networkId === networkId ? claim.ips : []));
    }

    /** 0–100. Only a finished action is at 100. */
    progress({ id, status }: Action): number {
        const running = this.running.get(id);
        if (status !== "running" || !running) {
            return 100;
        }
        const share = (Date.now() - running.startedAt) / Math.max(1, this.duration(running.spec));
        return Math.min(95, Math.floor(share * 100));
    }

    /** Resolves when no action runs. */
    async settled(): Promise<void> {
        while (this.running.size > 0) {
            await Promise.all([...this.running.values()].map(({ done }) => done));
        }
    }

    /** Drops waiting actions and waits for those in progress. Dropped actions stay `running` in the stored state. */
    async stop(): Promise<void> {
        this.stopping.abort();
        await this.settled();
    }

    private duration(spec: ActionSpec): number {
        return spec.plan.ms ?? this.settings.actionMs;
    }

    private async run(entry: Running): Promise<void> {
        const { action, spec } = entry;
        try {
            await this.wait(spec);
        } catch {
            this.running.delete(action.id);
            return;
        }
        try {
            if (spec.after?.status === "error") {
                throw new ActionFailure("action_failed", `the preceding ${spec.after.command} has failed`);
            }
            if (spec.plan.error) {
                throw new ActionFailure(spec.plan.error.code, spec.plan.error.message);
            }
            await spec.complete();
            action.status = "success";
        } catch (error) {
            action.status = "error";
            action.error = explain(error, action.command);
            spec.failed?.();
        }
        action.finished = timestamp();
        this.running.delete(action.id);
        this.store.flush();
    }

    /** @throws AbortError when the API stops meanwhile */
    private async wait(spec: ActionSpec): Promise<void> {
        const { signal } = this.stopping;
        if (spec.after) {
            await this.running.get(spec.after.id)?.done;
        }
        if (spec.plan.hang) {
            const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
            await Promise.race([spec.plan.hang, stopped]);
        }
        // waits also for 0 ms, so that the request is answered before its action is done
        await delay(this.duration(spec), undefined, { signal });
    }
}

class ActionFailure extends Error {
    constructor(
        readonly code: string,
        message: string,
    ) {
        super(message);
    }
}

function explain(error: unknown, command: string): { code: string; message: string } {
    if (error instanceof ActionFailure) {
        return { code: error.code, message: error.message };
    }
    const message = error instanceof Error ? error.message : String(error);
    // no test asked for this failure, so the operator of the local cloud should see it too
    console.error(`local cloud: ${command} failed: ${message}`);
    return { code: "action_failed", message };
}
