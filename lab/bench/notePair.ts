import * as fs from "fs";
import type { Cloud } from "../cloud";
import { configureAsInTheNote, SCRIPT, type NoteNode } from "../note/configure";
import { makeNoteServers, noteServers } from "../note/servers";
import { Pair, type Roles } from "../stack/pair";
import { newSshKey } from "../stack/sshKey";
import { until } from "../stack/until";
import type { Mend } from "./faults";
import { System } from "./system";

const SERVERS = noteServers(["note0", "note1", "note-client"]);
const [FIRST, SECOND, CLIENT] = SERVERS;

/** The note's script takes about 4 s. After this time the pair does not recover without help. */
const PATIENCE = 12_000;

/** The last state that keepalived has logged since its start; nothing during systemd's delay before the start. */
const STATE = `
    systemctl is-active --quiet nginx && systemctl is-active --quiet keepalived || exit 0
    run=$(systemctl show --property=InvocationID --value keepalived)
    journalctl --no-pager --quiet --output=cat _SYSTEMD_INVOCATION_ID=$run | grep -o 'Entering [A-Z]* STATE' | tail -n 1`;

/** The note's two servers, in a network of their own. */
export class NotePair extends System {
    private constructor(cloud: Cloud) {
        super(new Pair(cloud, [FIRST.name, SECOND.name]), CLIENT.name);
    }

    static async make(cloud: Cloud): Promise<NotePair> {
        const { networkId, serverIds } = await makeNoteServers(cloud, SERVERS, newSshKey().public, "note");
        const nodes = [FIRST, SECOND].map(({ name, address }) => ({ name, address, serverId: serverIds[name] }));
        const ca = fs.readFileSync(cloud.env.SSL_CERT_FILE, "utf8");
        await configureAsInTheNote(cloud, nodes as [NoteNode, NoteNode], networkId, await cloud.newToken(), ca);
        return new NotePair(cloud);
    }

    /** By keepalived's log, because a killed keepalived leaves the address on the NIC. */
    async roles(): Promise<Roles> {
        const [{ holder }, states] = await Promise.all([this.pair.roles(), this.states()]);
        return { masters: this.pair.nodes.filter((_node, i) => states[i] === "MASTER"), holder };
    }

    async untilWell(): Promise<boolean> {
        await until("the note's nodes to be MASTER and BACKUP", 90_000, async () => {
            return (await this.states()).sort().join() === "BACKUP,MASTER";
        });
        if ((await this.rightHolder(PATIENCE)) !== null) {
            return false;
        }
        await this.claim((await this.roles()).masters[0]);
        return true;
    }

    async handOver(node: string): Promise<Mend> {
        await this.run(node, "systemctl stop keepalived");
        return () => this.run(node, "systemctl start keepalived");
    }

    /** Runs the script again, as an operator would: keepalived runs it only once. */
    async claim(node: string): Promise<void> {
        await this.run(node, SCRIPT);
    }

    private async states(): Promise<string[]> {
        const said = await Promise.all(this.pair.nodes.map((node) => this.run(node, STATE).catch(() => "")));
        return said.map((line) => line.trim().split(" ")[1] ?? "");
    }
}
