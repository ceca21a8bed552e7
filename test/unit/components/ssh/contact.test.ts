import { expect } from "chai";
import { bootstrapKey } from "../../../../components/ssh/bootstrapKey";
import type { Known } from "../../../../components/ssh/contact";
import { bootstrapLabel, contactOf, occasion } from "../../../../components/ssh/contact";
import { ignoredAtContact, ignoredAtServer, LEFT_ALONE } from "../../../../components/ssh/firstContact";
import { hostKeyOf, labelOf } from "../../../../components/ssh/hostKeys";
import type { Standing } from "../../../../components/lookups";
import { newSshKey } from "../../../../lab/stack/sshKey";
import { servers } from "../cloudData";
import { PRIVATE_KEY, spec } from "../pairs";

const BOOTSTRAP = bootstrapKey(PRIVATE_KEY, "web0").publicKey;
const OWN = hostKeyOf(newSshKey().public);
const OTHER = hostKeyOf(newSshKey().public);
const LABEL = "failover-pair-contact";
const GIVEN = "failover-pair-host-key";

const standing = (labels: Record<string, string> = {}): Standing =>
    servers({ labels: { "failover-pair": "web", ...labels } })[0];
const meet = (known: Partial<Known> = {}) =>
    contactOf({ pair: "web", fate: "kept", standing: standing(), bootstrap: BOOTSTRAP, shown: [], ...known });
const made = standing({ [LABEL]: `0.${labelOf(BOOTSTRAP)}` });

describe("the first contact with a server", () => {
    it("expects the bootstrap key of a new or replaced server, whatever was there before", () => {
        for (const known of [{ fate: "new", standing: undefined }, { fate: "replaced" }] as const) {
            const contact = meet({ ...known, given: OTHER, shown: [OTHER] });
            expect(contact).to.deep.include({ hostKey: BOOTSTRAP, again: true, isAdopted: false, rebuilds: 0 });
            expect(contact.labels).to.deep.equal({ [LABEL]: `0.${labelOf(BOOTSTRAP)}` });
        }
    });

    it("is over when the server shows its own key, or is not reached, or in a preview", () => {
        for (const shown of [[], [OWN], [OTHER]]) {
            const contact = meet({ standing: made, shown });
            expect(contact).to.deep.include({ again: false, labels: { [LABEL]: made.labels![LABEL] } });
            expect(contact.hostKey, "never any").to.equal(shown[0] ?? BOOTSTRAP);
        }
    });

    it("expects the server's own key if the state has lost it, unless a key is given", () => {
        expect(meet({ standing: made, shown: [OWN] })).to.deep.include({ hostKey: OWN, again: false });
        expect(meet({ standing: made, shown: [OWN], given: OTHER }).hostKey).to.equal(OTHER);
    });

    it("is repeated with the bootstrap key after each rebuild, and counted", () => {
        const again = meet({ standing: made, shown: [BOOTSTRAP] });
        expect(again).to.deep.include({ hostKey: BOOTSTRAP, again: true, rebuilds: 1 });
        expect(occasion(again)).to.equal(`1.${labelOf(BOOTSTRAP)}`);
        const then = meet({ standing: standing(again.labels), shown: [OWN] });
        expect(then).to.deep.include({ again: false, labels: again.labels, rebuilds: 1 });
        expect(meet({ standing: standing(again.labels), shown: [BOOTSTRAP] }).rebuilds).to.equal(2);
    });

    it("accepts the bootstrap key from before a change of the SSH key", () => {
        const [old, bootstrap] = [BOOTSTRAP, bootstrapKey(newSshKey().private, "web0").publicKey];
        expect(meet({ standing: made, bootstrap, shown: [old] })).to.deep.include({ hostKey: old, again: true });
        expect(
            meet({ standing: made, bootstrap, shown: [bootstrap] }).again,
            "the key of user data that it never had",
        ).to.equal(false);
    });

    it("is never repeated with a server of an older release, and changes none of its labels", () => {
        for (const shown of [[], [OWN], [BOOTSTRAP]]) {
            expect(meet({ shown })).to.deep.equal({
                labels: {},
                hostKey: undefined,
                again: false,
                isAdopted: false,
                rebuilds: 0,
            });
        }
    });

    it("trusts an adopted server, unless its host key is given", () => {
        const theirs = standing({ "failover-pair": "" });
        expect(meet({ standing: theirs })).to.deep.include({ hostKey: undefined, isAdopted: true });
        const known = meet({ standing: theirs, given: `${OWN} root@theirs` });
        expect(known).to.deep.include({ hostKey: OWN, again: true, labels: { [GIVEN]: `sha256.${labelOf(OWN)}` } });
        expect(meet({ standing: standing(known.labels), given: OWN, shown: [OWN] }).again, "only once").to.equal(false);
    });

    it("is repeated, for every server, when another key is given and shown", () => {
        for (const server of [standing({ [GIVEN]: `sha256.${labelOf(OWN)}` }), made]) {
            expect(meet({ standing: server, given: OTHER, shown: [OTHER] })).to.deep.include({
                hostKey: OTHER,
                again: true,
            });
            expect(meet({ standing: server, given: OTHER, shown: [OWN] }).again, "not shown").to.equal(false);
        }
    });

    it("keeps only labels in its own format", () => {
        for (const odd of ["", "0", "x.y", `-1.${labelOf(BOOTSTRAP)}`, `0.${labelOf(BOOTSTRAP)}x`]) {
            expect(bootstrapLabel({ [LABEL]: odd }), odd).to.equal(undefined);
        }
    });
});

describe("the inputs that keep their old values", () => {
    it("are all inputs of a completed first contact, whatever has changed in the program", () => {
        const over = meet({ standing: made });
        expect(ignoredAtContact(over, "11", 11)).to.have.members(["stdin", "connection", "create", "update"]);
        expect(ignoredAtContact(meet(), "11", 11), "an older release's").to.have.length(4);
        expect(ignoredAtContact(undefined, "11", undefined), "the cloud does not answer").to.have.length(4);
    });

    it("are none of them with another or a rebuilt server", () => {
        expect(ignoredAtContact(meet({ standing: made }), "12", 11)).to.deep.equal([]);
        expect(ignoredAtContact(meet({ standing: made }), undefined, 11), "in a preview").to.deep.equal([]);
        expect(ignoredAtContact(meet({ standing: made, shown: [BOOTSTRAP] }), "11", 11)).to.deep.equal([]);
    });

    it("are a server's user data, unless the server is replaced", () => {
        const ahead = (first: Partial<Standing>) => ({ spec: spec(), standing: servers(first), isAnswered: true });
        expect(ignoredAtServer(ahead({}), 0)).to.deep.equal(LEFT_ALONE);
        expect(ignoredAtServer(ahead({ serverType: "cx33" }), 0)).to.deep.equal(LEFT_ALONE);
        const without = LEFT_ALONE.filter((input) => input !== "userData");
        expect(ignoredAtServer(ahead({ image: "debian-13" }), 0)).to.deep.equal(without);
        expect(ignoredAtServer(ahead({ location: "hel1" }), 0)).to.deep.equal(without);
        expect(ignoredAtServer(ahead({ location: "hel1" }), 1)).to.deep.equal(LEFT_ALONE);
        const silent = { spec: spec(), standing: [undefined, undefined], isAnswered: false };
        expect(ignoredAtServer(silent, 0)).to.include("userData").and.include("labels");
    });
});
