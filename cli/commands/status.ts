import { contextOf } from "../context";
import type { Command } from "../main";
import { noWords, parse } from "../options";
import { lookAtBoth } from "../pair/report";
import { statusJson, statusText } from "../pair/statusText";
import { judge } from "../pair/verdict";

export const status: Command = {
    about: "what both nodes and the API say, side by side, and a verdict",
    usage: "status [OPTIONS]",
    help: [],
    async run(args) {
        const { values, positionals } = parse("status", args, {});
        noWords("status", positionals);
        const { nodes, ssh, json, print, style } = await contextOf(values);
        try {
            const seen = await lookAtBoth(ssh, nodes);
            const verdict = judge(seen, Date.now() / 1000);
            print(json ? statusJson(seen, verdict) : statusText(seen, verdict, style));
            return verdict.level;
        } finally {
            ssh.close();
        }
    },
};
