import execa from "execa";

/** A network namespace with a NIC for each of the nodes. Needs root. */
export class Namespace {
    constructor(
        readonly name: string,
        private readonly addresses: string[],
    ) {}

    async open(): Promise<void> {
        await execa("ip", ["netns", "add", this.name]);
        const nics = this.addresses.flatMap((address, index) => [
            `link add nic${index} type veth peer name far${index}`,
            `link set nic${index} up`,
            `link set far${index} up`,
            `address add ${address}/32 dev nic${index}`,
        ]);
        // the rules of a partition precede the table of local addresses
        const order = ["rule add pref 100 lookup local", "rule del pref 0"];
        // the tunnel's ends, and the stand-ins of VIPs that an agent asks
        const others = [1, 2, 8, 9, 10, 11, 12].map((last) => `address add 169.254.73.${last}/32 dev lo`);
        const silent = this.addresses.map((_, index) => `rule add ${this.silence(index)}`);
        await this.ip(["link set lo up", ...nics, ...order, ...others, ...silent]);
    }

    /** Sets whether a node carries for the other; at first it does not. */
    async answersStandIns(index: number, answers: boolean): Promise<void> {
        await this.ip([`rule ${answers ? "del" : "add"} ${this.silence(index)}`]);
    }

    private silence(index: number): string {
        return `pref 20 from ${this.addresses[1 - index]} to 169.254.73.8/29 blackhole`;
    }

    async close(): Promise<void> {
        await execa("ip", ["netns", "delete", this.name], { reject: false });
    }

    /** Cuts the private network between the nodes, or restores it. VRRP is left to the test. */
    async partition(cut: boolean): Promise<void> {
        const verb = cut ? "add" : "del";
        // the tunnel uses the private addresses
        const ends = [this.addresses, ["169.254.73.1", "169.254.73.2"]];
        await this.ip(
            ends.flatMap(([a, b]) => [
                `rule ${verb} pref 10 from ${a} to ${b} blackhole`,
                `rule ${verb} pref 10 from ${b} to ${a} blackhole`,
            ]),
        );
    }

    /** Lines for `ip -batch`, which stops at the first error. */
    async ip(lines: string[]): Promise<void> {
        await execa("ip", ["-netns", this.name, "-batch", "-"], { input: lines.join("\n") });
    }
}
