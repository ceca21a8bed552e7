import { setTimeout as delay } from "node:timers/promises";
import type { Action, Reference } from "./model";
import { timestamp } from "./model";
import type { Settings } from "./settings";
import type { Store } from "./store";

/** How the actions that a request starts are to go; faults change it. */
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
    /** Waits for this action first, and fails if it does. */
    after?: Action;
    /** Addresses that no other server can get while the action runs. */
    claims?: Claim;
    /** Carries the change out, when its time has come; rejects if it could not, having changed nothing. */
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

/** Asynchronous actions: accepted at once, carried out `actionMs` later, polled by clients meanwhile. */
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

    /** What is being done to a resource, and the addresses that it will have then. */
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

    /** 0–100; a running action comes close to its end, and is at 100 only once it has ended. */
    progress({ id, status }: Action): number {
        const running = this.running.get(id);
        if (status !== "running" || !running) {
            return 100;
        }
        const share = (Date.now() - running.startedAt) / Math.max(1, this.duration(running.spec));
        return Math.min(95, Math.floor(share * 100));
    }

    /** Resolves when nothing runs any more. */
    async settled(): Promise<void> {
        while (this.running.size > 0) {
            await Promise.all([...this.running.values()].map(({ done }) => done));
        }
    }

    /** Abandons what waits and waits for what is being carried out. Abandoned actions stay `running` in the stored state. */
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
        // also with 0 ms: the request that starts the action is answered before it is carried out
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
    // not what a test asked for: the operator of the local cloud should see it too
    console.error(`local cloud: ${command} failed: ${message}`);
    return { code: "action_failed", message };
}
