import type { ApiFault } from "../cloud/api/apiFaults";
import { callApi, serverAction } from "../stack/api";
import { NODES, VIP } from "../stack/pair";
import { until } from "../stack/until";
import type { Kind } from "./schedule";
import type { World } from "./world";

/** Ends a fault when its time is over. */
export type Mend = () => Promise<unknown>;
/** Starts a fault on a node. */
type Strike = (world: World, node: string, ms: number) => Promise<Mend>;

const nothing: Mend = () => Promise.resolve();

/** Runs a command on the node, and another one afterwards. */
function command(strike: string, mend?: string): Strike {
    return async (world, node) => {
        await world.run(node, strike);
        return mend === undefined ? nothing : () => world.run(node, mend);
    };
}

/** Adds this fault to the API's requests, or only to changes, if `changes`. */
function api(fault: ApiFault, changes = false): Strike {
    return (world) => world.fault(fault, changes);
}

function refused(status: number, code: string | null, changes = true): Strike {
    return api({ kind: "error", status, code }, changes);
}

const agentPid = "$(systemctl show --property=MainPID --value alias-switch)";

export const STRIKES: Record<Kind, Strike> = {
    "agent killed": command(`kill -9 ${agentPid}`),
    "agent stopped": command("systemctl stop alias-switch", "systemctl start alias-switch"),
    "agent hung": command(`kill -STOP ${agentPid}`, `kill -CONT ${agentPid}`),
    "keepalived restarted": command("systemctl restart keepalived"),
    "keepalived reloaded": command("systemctl reload keepalived"),
    "keepalived killed": command("systemctl kill --signal=KILL keepalived"),
    "keepalived stopped": command("systemctl stop keepalived", "systemctl start keepalived"),
    "service stopped": command("systemctl stop nginx", "systemctl start nginx"),
    "service restarted": command("systemctl restart nginx"),
    "node drained": command("alias-switch drain || true", "alias-switch undrain"),
    "VIP deleted": command(`ip address delete ${VIP}/32 dev enp7s0 || true`),
    "node frozen": (world, node) =>
        world.delay(node, async () => {
            await world.control.freeze(node);
            return () => world.control.thaw(node);
        }),
    "node rebooted": async (world, node) => {
        await world.reboot([node]);
        return nothing;
    },
    "both rebooted": async (world) => {
        await world.reboot(NODES);
        return nothing;
    },
    "power cut": async (world, node) => {
        const { cloud } = world.pair;
        await world.insist(`${node}'s power to be cut`, () => serverAction(cloud, node, "poweroff"));
        await until(`${node} to be off`, 10_000, async () => !(await world.control.server(node)).running);
        return () =>
            world.insist(`${node} to be powered on`, async () => {
                await serverAction(cloud, node, "poweron");
                await until(`${node} to run`, 5000, async () => (await world.control.server(node)).running);
            });
    },
    "token replaced": async (world, node) => {
        const token = await world.run(node, "cat /etc/failover-pair/token");
        world.firstToken ??= token;
        await world.control.revokeToken(token);
        return async () => world.setToken(await world.pair.cloud.newToken());
    },
    "network detached": async (world, node) => {
        const { id, nics } = (await world.pair.servers()).find(({ name }) => name === node)!;
        const [{ networkId: network, ip, aliasIps }] = nics;
        const call = (action: string, body: object) =>
            callApi(world.pair.cloud, "POST", `/servers/${id}/actions/${action}`, { network, ...body });
        const attached = async () =>
            (await world.pair.servers()).some((server) => server.id === id && server.nics.length > 0);
        await world.insist(`${node} to be detached`, async () => {
            if (await attached()) {
                await call("detach_from_network", {});
            }
        });
        // a server that is attached again gets its aliases outside the pair again, from the program that attaches it
        const others = aliasIps.filter((alias) => alias !== VIP);
        return () =>
            world.insist(`${node} to be attached`, async () => {
                if (!(await attached())) {
                    await call("attach_to_network", { ip, alias_ips: others });
                    await until("the attachment", 5000, attached);
                }
            });
    },
    partition: async ({ control, pair }, node) => {
        await control.partition(node, pair.other(node));
        return () => control.heal();
    },
    "one-way partition": async ({ control, pair }, node) => {
        await control.partition(node, pair.other(node), { oneWay: true });
        return () => control.heal();
    },
    "packets lost": (world, node) =>
        world.delay(node, async () => {
            await world.control.lose(node, 30);
            return () => world.control.lose(node, 0);
        }),
    "API cut off": (world, node) =>
        world.delay(node, async () => {
            await world.control.cutApi(node);
            return () => world.control.cutApi(node, false);
        }),
    "API: locked": refused(423, "locked"),
    "API: conflict": refused(409, "conflict"),
    "API: address busy": refused(422, "ip_not_available"),
    "API: server error": refused(500, "server_error", false),
    "API: bad gateway": refused(502, null, false),
    "API: unavailable": refused(503, "unavailable", false),
    "API: answers lost": api({ kind: "lostAnswer" }, true),
    "API: requests dropped": api({ kind: "dropRequest" }),
    "API: no answer": api({ kind: "hang" }),
    "API: broken JSON": api({ kind: "malformedJson" }),
    "API: empty answers": api({ kind: "emptyBody" }),
    "API: connections refused": api({ kind: "refuseConnections" }),
    "API: slow": api({ kind: "latency", ms: 500, jitterMs: 300 }),
    "API: rate limit": (world, _node, ms) => world.fault({ kind: "rateLimitExhausted", resetInSeconds: ms / 1000 }),
    "API: actions hang": api({ kind: "actionHangs" }, true),
    "API: actions fail": api({ kind: "actionError", code: "action_failed" }, true),
    "API: actions slow": api({ kind: "actionMs", ms: 2500 }, true),
    "VIP stripped": async (world) => {
        const { holder } = await world.pair.roles();
        if (holder !== null) {
            await world.changeAliases(holder, (aliases) => aliases.filter((alias) => alias !== VIP));
        }
        return nothing;
    },
    "other alias added": async (world, node) => {
        const added = "10.0.1.211";
        await world.changeAliases(node, (aliases) => [...new Set([...aliases, added])]);
        return () => world.changeAliases(node, (aliases) => aliases.filter((alias) => alias !== added));
    },
};
