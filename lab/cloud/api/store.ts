import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type {
    Action,
    Firewall,
    FloatingIp,
    Network,
    PlacementGroup,
    PrimaryIp,
    Server,
    SshKey,
    StoredImage,
} from "./model";
import { timestamp } from "./model";

/** How long changes may stay in memory only; the end of an action and `close` write at once. */
const SAVE_DELAY_MS = 200;
const KEPT_ACTIONS = 1_000;
const COLLECTIONS = [
    "servers",
    "networks",
    "sshKeys",
    "placementGroups",
    "firewalls",
    "floatingIps",
    "primaryIps",
    "images",
    "actions",
] as const;

interface Saved {
    lastId: number;
    lastPublicIp: Record<string, number>;
    tokens: Record<string, { readOnly: boolean }>;
}

/** All state of the cloud, in memory, with a JSON file (or none) behind it. */
export class Store {
    readonly servers = new Map<number, Server>();
    readonly networks = new Map<number, Network>();
    readonly sshKeys = new Map<number, SshKey>();
    readonly placementGroups = new Map<number, PlacementGroup>();
    readonly firewalls = new Map<number, Firewall>();
    readonly floatingIps = new Map<number, FloatingIp>();
    readonly primaryIps = new Map<number, PrimaryIp>();
    readonly images = new Map<number, StoredImage>();
    readonly actions = new Map<number, Action>();
    readonly saved: Saved = { lastId: 1000, lastPublicIp: {}, tokens: {} };
    private timer: NodeJS.Timeout | undefined;
    private closed = false;

    /** @throws if the file exists and is not a state file. */
    constructor(private readonly file: string | null) {
        const text = file && readIfThere(file);
        if (text) {
            this.load(text);
        }
    }

    /** One sequence for all resources: an id seen in a log belongs to one thing only. */
    nextId(): number {
        return ++this.saved.lastId;
    }

    changed(): void {
        if (this.file) {
            this.timer ??= setTimeout(() => this.flush(), SAVE_DELAY_MS);
        }
    }

    flush(): void {
        clearTimeout(this.timer);
        this.timer = undefined;
        this.prune();
        if (this.file && !this.closed) {
            const temporary = `${this.file}.new`;
            writeFileSync(temporary, JSON.stringify(this.toJSON()), { mode: 0o600 });
            renameSync(temporary, this.file);
        }
    }

    /** Writes for the last time: what happens afterwards, such as servers that power off, is not stored. */
    close(): void {
        this.flush();
        this.closed = true;
    }

    toJSON(): Saved & Record<(typeof COLLECTIONS)[number], unknown[]> {
        const lists = COLLECTIONS.map((name) => [name, [...this[name].values()]]);
        return { ...this.saved, ...(Object.fromEntries(lists) as Record<(typeof COLLECTIONS)[number], unknown[]>) };
    }

    private load(text: string): void {
        try {
            const { lastId, lastPublicIp, tokens, ...lists } = JSON.parse(text) as ReturnType<Store["toJSON"]>;
            Object.assign(this.saved, { lastId, lastPublicIp, tokens });
            for (const name of COLLECTIONS) {
                // a collection that is newer than the file is empty
                const items = (lists[name] ?? []) as { id: number }[];
                items.forEach((item) => (this[name] as Map<number, unknown>).set(item.id, item));
            }
        } catch (error) {
            throw new Error(`${this.file} is not a state file of the local cloud; delete it to start empty`, {
                cause: error,
            });
        }
        this.endInterruptedActions();
    }

    /**
     * What was running when the process died has ended in an unknown state; its resources keep what they had before, as every change is
     * stored when its action completes. A server that was on its way somewhere counts as off until the fabric says otherwise.
     */
    private endInterruptedActions(): void {
        for (const action of this.actions.values()) {
            if (action.status === "running") {
                action.status = "error";
                action.finished = timestamp();
                action.error = { code: "action_failed", message: "interrupted by a restart of the API" };
            }
        }
        for (const server of this.servers.values()) {
            if (server.status !== "running") {
                server.status = "off";
            }
        }
    }

    private prune(): void {
        for (const action of this.actions.values()) {
            if (this.actions.size <= KEPT_ACTIONS) {
                return;
            }
            if (action.status !== "running") {
                this.actions.delete(action.id);
            }
        }
    }
}

function readIfThere(file: string): string | null {
    try {
        return readFileSync(file, "utf8");
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
            return null;
        }
        throw error;
    }
}
