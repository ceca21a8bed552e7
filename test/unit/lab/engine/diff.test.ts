import { expect } from "chai";
import { diff, replaces } from "../../../../lab/engine/command/diff";
import { check, read } from "../../../../lab/engine/command/inputs";
import { Lines } from "../../../../lab/engine/command/log";
import { UNKNOWN, secret, type Properties } from "../../../../lab/engine/command/values";

const changes = (olds: Properties, news: Properties): Record<string, string> => Object.fromEntries(diff(olds, news));

describe("the changes of a command", () => {
    const inputs = { create: "c", stdin: secret("s"), connection: secret({ host: "h", port: 22 }), triggers: ["a"] };

    it("are empty for equal inputs", () => {
        expect(changes(inputs, structuredClone(inputs))).to.deep.equal({});
    });

    it("are listed by path", () => {
        const news = { ...inputs, create: "c2", stdin: secret("s2"), connection: secret({ host: "h2", port: 22 }) };
        expect(changes(inputs, news)).to.deep.equal({
            create: "update",
            stdin: "update",
            "connection.host": "update",
        });
    });

    it("include added and removed inputs", () => {
        expect(changes({ create: "c", environment: { A: "1" } }, { update: "u", environment: { "B-C": "2" } }))
            .to.deep //
            .equal({ create: "delete", update: "add", "environment.A": "delete", 'environment["B-C"]': "add" });
    });

    it("do not include a missing value that was null", () => {
        expect(changes({ create: "c", update: null }, { create: "c" })).to.deep.equal({});
    });

    it("include a value that became secret, because its copy in the state is plain", () => {
        expect(changes({ stdin: "s" }, { stdin: secret("s") })).to.deep.equal({ stdin: "update" });
    });

    it("include values that are not known yet", () => {
        expect(changes(inputs, { ...inputs, connection: secret(UNKNOWN) })).to.deep.equal({ connection: "update" });
    });

    it("replace the command for triggers only, whether one changed or all were added", () => {
        const news = { ...inputs, triggers: ["b", { k: 1 }] };
        expect(changes(inputs, news)).to.deep.equal({ "triggers[0]": "update", "triggers[1]": "add" });
        expect(["triggers", "triggers[0]", "triggers[0].k"].every(replaces)).to.equal(true);
        expect(["create", "connection.host", "triggersX"].some(replaces)).to.equal(false);
    });
});

describe("the inputs of a command", () => {
    const reasons = (news: Properties): string[] =>
        check(news).failures.map(({ property, reason }) => `${property}: ${reason}`);

    it("get defaults, and the connection becomes secret", () => {
        expect(check({ connection: { host: "h", port: 2222 } }).inputs).to.deep.equal({
            connection: secret({ host: "h", port: 2222, user: "root", dialErrorLimit: 10, perDialTimeout: 15 }),
        });
    });

    it("can be unknown in a preview, one by one or as the whole connection", () => {
        expect(reasons({ connection: secret(UNKNOWN), create: UNKNOWN, stdin: secret(UNKNOWN) })).to.deep.equal([]);
        expect(reasons({ connection: secret({ host: UNKNOWN, port: UNKNOWN }) })).to.deep.equal([]);
    });

    it("are reported with all their errors", () => {
        const wrong = { connection: secret({ port: "22" }), create: 1, logging: "loud", run: "x" };
        expect(reasons(wrong)).to.deep.equal([
            "create: has a value of the wrong type",
            "logging: has a value of the wrong type",
            "run: is not a property of this resource",
            "connection.host: missing required property 'host'",
            "connection.port: has a value of the wrong type",
        ]);
        expect(reasons({ create: "c" })).to.deep.equal(["connection: missing required property 'connection'"]);
    });

    it("cannot have a proxy, which only the official plugin supports", () => {
        const [reason] = reasons({ connection: secret({ host: "h", proxy: { host: "p" } }) });
        expect(reason).to.match(/^connection\.proxy: is not offered by the stand-in/);
    });

    it("are read without their secret wrappers", () => {
        const { connection, environment } = read({
            connection: secret({ host: secret("h") }),
            environment: { A: secret("1") },
        });
        expect(connection).to.include({ host: "h", port: 22 });
        expect(environment).to.deep.equal({ A: "1" });
    });
});

describe("the lines of a stream", () => {
    it("are whole, however the stream is split", () => {
        const seen: string[] = [];
        const lines = new Lines((line) => seen.push(line));
        const bytes = Buffer.from("grün\r\n\nend");
        for (let index = 0; index < bytes.length; index++) {
            lines.push(bytes.subarray(index, index + 1));
        }
        expect(seen).to.deep.equal(["grün", ""]);
        lines.end();
        expect(seen).to.deep.equal(["grün", "", "end"]);
    });
});
