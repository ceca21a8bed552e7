import { expect } from "chai";
import { labelSelector } from "../../../../lab/cloud/api/labels";
import { Cloud, KEY, TOKEN } from "./cloud";

describe("local cloud: protocol", () => {
    let cloud: Cloud;

    beforeEach(async () => {
        cloud = await Cloud.start();
    });
    afterEach(() => cloud.close());

    const create = async (count: number, labels: (i: number) => object = () => ({})) => {
        for (let i = 0; i < count; i++) {
            await cloud.post("/placement_groups", { name: `pg${i}`, type: "spread", labels: labels(i) });
        }
    };
    const names = async (query: string) =>
        (await cloud.get(`/placement_groups?${query}`)).body.placement_groups.map(({ name }: { name: string }) => name);

    describe("lists", () => {
        it("have pages, with links", async () => {
            await create(7);
            const { body, headers } = await cloud.get("/placement_groups?page=2&per_page=3");
            expect(body.meta.pagination).to.deep.equal({
                page: 2,
                per_page: 3,
                previous_page: 1,
                next_page: 3,
                last_page: 3,
                total_entries: 7,
            });
            expect(body.placement_groups.map(({ name }: { name: string }) => name)).to.deep.equal([
                "pg3",
                "pg4",
                "pg5",
            ]);
            const url = `${cloud.api.url}/placement_groups`;
            expect(headers.get("link")).to.equal(
                `<${url}?page=1&per_page=3>; rel="prev", <${url}?page=3&per_page=3>; rel="next", <${url}?page=3&per_page=3>; rel="last"`,
            );
        });

        it("have 25 entries a page, and 50 at most", async () => {
            const empty = (await cloud.get("/servers")).body.meta.pagination;
            expect(empty).to.deep.equal({
                page: 1,
                per_page: 25,
                previous_page: null,
                next_page: null,
                last_page: 1,
                total_entries: 0,
            });
            expect((await cloud.get("/servers?per_page=500")).body.meta.pagination.per_page).to.equal(50);
            expect(await cloud.refusal("GET", "/servers?page=0")).to.equal("422 invalid_input");
        });

        it("are sorted by several keys", async () => {
            await create(3);
            expect(await names("sort=name:desc")).to.deep.equal(["pg2", "pg1", "pg0"]);
            expect(await names("sort=created:asc&sort=id:desc")).to.have.length(3);
            expect(await cloud.refusal("GET", "/placement_groups?sort=colour")).to.equal("422 invalid_input");
        });

        it("can be filtered by name and labels", async () => {
            await create(4, (i) => ({ index: String(i) }));
            expect(await names("name=pg2")).to.deep.equal(["pg2"]);
            expect(await names(`label_selector=${encodeURIComponent("index in (0,3)")}`)).to.deep.equal(["pg0", "pg3"]);
            expect(await cloud.refusal("GET", "/placement_groups?label_selector=a%3D%3D%3Db")).to.equal(
                "422 invalid_input",
            );
        });
    });

    describe("label selectors", () => {
        const labels = { env: "prod", "example.com/tier": "web", flag: "" };
        const cases: [string, boolean][] = [
            ["env", true],
            ["!env", false],
            ["!other", true],
            ["flag", true],
            ["flag=", true],
            ["env=prod", true],
            ["env==prod", true],
            ["env == prod", true],
            ["env=test", false],
            ["env!=test", true],
            ["other!=x", true],
            ["env in (test, prod)", true],
            ["env in (test)", false],
            ["env notin (test,stage)", true],
            ["other notin (x)", true],
            ["other in (x)", false],
            ["example.com/tier=web,env=prod,!other", true],
            ["env in (prod,test),flag,other", false],
        ];
        for (const [selector, expected] of cases) {
            it(`${selector} is ${expected}`, () => expect(labelSelector(selector)(labels)).to.equal(expected));
        }
        for (const selector of ["", "=x", "a=b=c", "a in b", "a in (b", "a b", "a,,b", "!", "-a", "a=!"]) {
            it(`"${selector}" is not a label selector`, () =>
                expect(() => labelSelector(selector)).to.throw(/not a label selector/));
        }
    });

    describe("tokens", () => {
        it("must be known", async () => {
            const stranger = cloud.as("x".repeat(64));
            expect(await stranger.refusal("GET", "/servers")).to.equal("401 unauthorized");
            cloud.api.addToken("x".repeat(64), { readOnly: false });
            expect((await stranger.get("/servers")).status).to.equal(200);
            cloud.api.revokeToken("x".repeat(64));
            expect(await stranger.refusal("GET", "/servers")).to.equal("401 unauthorized");
            const naked = await fetch(`${cloud.api.url}/servers`);
            expect(naked.status).to.equal(401);
        });

        it("can be read-only", async () => {
            cloud.api.addToken("r".repeat(64), { readOnly: true });
            const reader = cloud.as("r".repeat(64));
            expect((await reader.get("/servers")).status).to.equal(200);
            expect(await reader.refusal("POST", "/ssh_keys", { name: "k", public_key: KEY })).to.equal(
                "401 token_readonly",
            );
        });
    });

    describe("errors", () => {
        it("name every invalid field", async () => {
            const { status, body, headers } = await cloud.post("/networks", { ip_range: 5, labels: { "?": "x" } });
            expect(status).to.equal(422);
            expect(headers.get("content-type")).to.contain("application/json");
            expect(body.error.message).to.match(/^invalid input in fields /);
            expect(body.error.details.fields).to.deep.include.members([
                { name: "name", messages: ["is required"] },
                { name: "ip_range", messages: ["must be of type string"] },
            ]);
        });

        it("are JSON for unknown paths, wrong methods, removed endpoints, broken bodies", async () => {
            expect(await cloud.refusal("GET", "/nothing")).to.equal("404 not_found");
            expect(await cloud.refusal("GET", "/servers/1")).to.equal("404 not_found");
            expect(await cloud.refusal("GET", "/servers/x")).to.equal("404 not_found");
            expect(await cloud.refusal("PUT", "/servers")).to.equal("405 method_not_allowed");
            expect(await cloud.refusal("GET", "/datacenters")).to.equal("410 deprecated_api_endpoint");
            expect(await cloud.refusal("GET", "/datacenters/1")).to.equal("410 deprecated_api_endpoint");
            expect(await cloud.refusal("GET", "/actions")).to.equal("422 invalid_input");
            const headers = { authorization: `Bearer ${TOKEN}` };
            const answer = await fetch(`${cloud.api.url}/ssh_keys`, { method: "POST", headers, body: "{" });
            expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).to.deep.equal([
                400,
                "json_error",
            ]);
        });
    });

    describe("rate limit", () => {
        it("is in the headers of every answer, and refuses requests when it is used up", async () => {
            cloud.api.setTiming({ rateLimit: 3 });
            const { headers } = await cloud.get("/nothing");
            const told = (name: string) => Number(headers.get(`ratelimit-${name}`));
            expect([told("limit"), told("remaining")]).to.deep.equal([3, 2]);
            expect(told("reset")).to.be.closeTo(Date.now() / 1000 + 1200, 5);
            expect(headers.get("x-correlation-id")).to.match(/^[0-9a-f]{16}$/);
            // requests without a valid token have another bucket
            await cloud.as("stranger").get("/servers");
            await cloud.get("/servers");
            await cloud.get("/servers");
            expect(await cloud.refusal("GET", "/servers")).to.equal("429 rate_limit_exceeded");
        });
    });

    describe("actions", () => {
        it("are found by id, by resource and by state", async () => {
            const { network, a, b } = await cloud.pair();
            const of = async (path: string) =>
                (await cloud.get(path)).body.actions.map(({ command }: { command: string }) => command);
            expect(await of(`/servers/${b}/actions`)).to.deep.equal([
                "create_server",
                "start_server",
                "attach_to_network",
            ]);
            expect(await of(`/networks/${network}/actions`)).to.have.length(2);
            const [first, second] = (await cloud.get(`/servers/${a}/actions?sort=command:desc`)).body.actions;
            expect([first.command, second.command]).to.deep.equal(["start_server", "create_server"]);
            const query = `id=${first.id}&id=${second.id}&id=999999&page=1&sort=status&sort=id`;
            expect(await of(`/actions?${query}`)).to.deep.equal(["create_server", "start_server"]);
            expect(await of(`/servers/actions?status=running`)).to.deep.equal([]);
            expect(await cloud.refusal("GET", `/servers/${b}/actions/${first.id}`)).to.equal("404 not_found");
            expect((await cloud.get(`/servers/actions/${first.id}`)).body.action).to.deep.equal(first);
        });

        it("make progress", async () => {
            const id = await cloud.server("a");
            cloud.api.setTiming({ actionMs: 200 });
            const { action } = (await cloud.post(`/servers/${id}/actions/reboot`)).body;
            const seen: number[] = [action.progress];
            let current = action;
            while (current.status === "running") {
                current = (await cloud.get(`/actions/${action.id}`)).body.action;
                seen.push(current.progress);
            }
            expect(seen.at(-1)).to.equal(100);
            expect(seen).to.deep.equal([...seen].sort((x, y) => x - y));
            expect(new Set(seen).size).to.be.greaterThan(3);
        });
    });

    it("delays an answer by the latency, half of it before the request is processed", async () => {
        cloud.api.setTiming({ latencyMs: 80 });
        const started = performance.now();
        await cloud.get("/servers");
        expect(performance.now() - started).to.be.within(75, 400);
        expect(cloud.api.audit.at(-1)?.ms).to.be.at.least(75);
    });

    it("has a catalogue", async () => {
        const types = (await cloud.get("/server_types?name=cx23")).body.server_types;
        expect(types).to.have.length(1);
        expect(types[0].locations[0]).to.deep.include({ name: "fsn1", available: true, deprecation: null });
        const old = (await cloud.get("/server_types?name=cx22")).body.server_types[0];
        expect(old.locations[0].deprecation?.unavailable_after).to.equal("2025-12-31T23:59:59+00:00");
        const images = async (query: string) => (await cloud.get(`/images?${query}`)).body.images;
        expect(await images("architecture=x86&include_deprecated=true&name=debian-12")).to.have.length(1);
        expect(await images("name=ubuntu-20.04")).to.have.length(0);
        expect(await images("name=ubuntu-20.04&include_deprecated=true")).to.have.length(2);
        expect((await cloud.get("/locations/3")).body.location.name).to.equal("hel1");
        const { pricing } = (await cloud.get("/pricing")).body;
        // otherwise hcloud-go panics
        expect(pricing.floating_ips.length).to.be.at.least(pricing.primary_ips.length);
    });
});
