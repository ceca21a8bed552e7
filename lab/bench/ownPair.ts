import type { Cloud } from "../cloud";
import { untilHealthy } from "../stack/healthy";
import { Pair, type Roles } from "../stack/pair";
import type { Mend } from "./faults";
import { System } from "./system";

/** The pair of this project's stack, created by `pulumi up`. */
export class OwnPair extends System {
    constructor(cloud: Cloud) {
        super(new Pair(cloud), "client");
    }

    roles(): Promise<Roles> {
        return this.pair.roles();
    }

    async untilWell(): Promise<boolean> {
        await untilHealthy(this.cloud, this.pair.nodes);
        await this.pair.settled(30_000, 0);
        return false;
    }

    async handOver(node: string): Promise<Mend> {
        await this.run(node, "alias-switch drain");
        return () => this.run(node, "alias-switch undrain");
    }

    async claim(node: string): Promise<void> {
        await this.run(node, "alias-switch claim");
    }
}
