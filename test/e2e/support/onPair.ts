import { AskedPair } from "./askedPair";
import { sharedPair } from "./sharedPair";

export { tell, type Status } from "./askedPair";

/** The shared pair. It is healthy before each test of the suite and after the last one. */
export class OnPair extends AskedPair {
    constructor() {
        super();
        const start = async () => this.ask((await sharedPair()).cloud);
        before(async function () {
            // the first run on a machine builds the engine and the servers' image
            this.timeout(60 * 60_000);
            await start();
        });
        afterEach(() => this.well());
        after(() => this.client?.stop());
    }

    /** This pair moves the alias at once, so its MASTER is the holder too. */
    protected override async oneMaster(node?: string): Promise<string> {
        const settled = node === undefined ? this.pair.settled(30_000, 0) : this.pair.settledOn(node, 15_000);
        return (await settled).master;
    }

    override async well(): Promise<void> {
        await super.well();
        await this.pair.settled(30_000);
    }
}
