import { expect } from "chai";
import { localAddresses } from "../../../../lab/cloud/fabric/processes";

const table = (name: string, ...addresses: string[]) =>
    [
        `${name}:`,
        "  +-- 0.0.0.0/0 3 0 5",
        ...addresses.flatMap((address) => [`        |-- ${address}`, "           /32 host LOCAL"]),
        "        |-- 10.0.1.9",
        "           /32 link BROADCAST",
        "           /24 link UNICAST",
        "",
    ].join("\n");

describe("the addresses of a namespace in fib_trie", () => {
    it("are the host routes of the tables main and local", () => {
        const text = table("Main", "10.0.1.1") + table("Local", "10.0.1.2", "127.0.0.1");
        expect(localAddresses(text)).to.deep.equal(["10.0.1.1", "10.0.1.2", "127.0.0.1"]);
    });

    it("do not include local routes of other tables", () => {
        expect(localAddresses(table("Id 24789", "10.0.1.1") + table("Local", "10.0.1.2"))).to.deep.equal(["10.0.1.2"]);
    });

    it("are none if the namespace is gone", () => {
        expect(localAddresses("")).to.deep.equal([]);
    });
});
