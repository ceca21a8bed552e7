/** The local cloud's answers to a fixed script of requests, as far as the agents' simulator has a model of them. */
import type { Answer, Cloud, Json } from "./cloud";

/** What a request or a step with this text is answered. */
export type Step = { request: [string, string, unknown?]; answer?: unknown } | { step: string };

type ServerJson = Json["server"];

const sorted = (aliases: string[]) => [...aliases].sort();

/** Records the script, with two servers of a network. */
export async function record(cloud: Cloud, steps: Step[]): Promise<Step[]> {
    const ids: Record<string, number> = { ...(await cloud.pair()), action: 0 };
    const names = new Map(Object.entries(ids).map(([name, id]) => [id, name]));
    const filled = <T>(value: T) =>
        JSON.parse(
            JSON.stringify(value)
                .replace(/"\{network\}"/g, String(ids.network))
                .replace(/\{(\w+)\}/g, (_, name: string) => String(ids[name])),
        ) as T;

    const serverOf = (one: ServerJson) => ({
        name: one.name,
        status: one.status,
        locked: one.locked,
        ip: one.private_net[0].ip,
        aliases: sorted(one.private_net[0].alias_ips),
    });

    function told({ status, body }: Answer): unknown {
        if (status >= 400) {
            return { status, code: body.error.code };
        }
        if (body.action !== undefined) {
            ids.action = body.action.id;
            return { status, action: { status: body.action.status, code: body.action.error?.code ?? null } };
        }
        if (body.server !== undefined) {
            return { status, server: serverOf(body.server) };
        }
        const page = body.meta.pagination.next_page;
        const members = body.members?.map((one) => ({
            type: one.type,
            name: names.get(one.id),
            ip: one.ip,
            aliases: sorted(one.alias_ips),
        }));
        return { status, page, ...(members ? { members } : { servers: body.servers.map(serverOf) }) };
    }

    // an action ends when the script says so
    const { faults } = cloud.api;
    const hang = () => faults.add({ kind: "actionHangs" });
    let hanging = hang();
    const recorded: Step[] = [];
    for (const step of steps) {
        if ("request" in step) {
            const [method, path, body] = filled(step.request);
            recorded.push({ request: step.request, answer: told(await cloud.call(method, path, body)) });
            continue;
        }
        recorded.push(step);
        if (step.step === "the next action fails") {
            faults.add({ kind: "actionError", code: "action_failed", count: 1 });
        } else {
            faults.remove(hanging);
            await cloud.api.settled();
            hanging = hang();
        }
    }
    faults.clear();
    return recorded;
}
