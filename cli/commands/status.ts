import { defineCommand } from "../command";
import type { Context } from "../context";
import { lookAtBoth } from "../pair/report";
import { statusJson, statusText } from "../pair/statusText";
import { judge } from "../pair/verdict";

export const status = defineCommand({
    name: "status",
    about: "shows what both nodes and the API report, side by side, and a verdict",
    usage: "",
    options: {},
    prepare: () => look,
});

async function look({ nodes, ssh, json, print, style }: Context): Promise<number> {
    const seen = await lookAtBoth(ssh, nodes);
    const verdict = judge(seen, Date.now() / 1000);
    print(json ? statusJson(seen, verdict) : statusText(seen, verdict, style));
    return verdict.level;
}
