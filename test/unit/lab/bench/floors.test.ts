import { expect } from "chai";
import * as fs from "fs";
import * as path from "path";
import { detectionOf, floorOf } from "../../../../lab/bench/floors";
import { keepalivedConf } from "../../../../lab/note/configure";

const api = { call: 60, action: 800 };
const golden = fs.readFileSync(path.join(__dirname, "../../components/render/golden/nginx1.conf"), "utf8");

describe("the detection time by keepalived.conf", () => {
    it("of the note: adverts every second, version 2 with the default skew, a check that must fail twice", () => {
        const { advert, death, farewell, service } = detectionOf(keepalivedConf("enp7s0"));
        expect({ advert, service }).to.deep.equal({ advert: 1, service: 1.5 });
        expect(farewell).to.be.closeTo(0.609, 0.001);
        expect(death).to.be.closeTo(3.109, 0.001);
    });

    it("of this project: version 3, whose skew is a share of the interval, and a hook of the unit", () => {
        const { advert, death, farewell, service } = detectionOf(golden);
        expect({ advert, service }).to.deep.equal({ advert: 0.5, service: 0 });
        expect(farewell).to.be.closeTo(0.5 * (16 / 256), 0.0001);
        expect(death).to.be.closeTo(1.25 + farewell, 0.0001);
    });

    it("of this project without a service: the check", () => {
        const check = "vrrp_script http {\n    interval 1\n    fall 3\n}\n";
        const conf = check + golden.replace(/track_file service/g, "track_file other");
        expect(detectionOf(conf).service).to.equal(2.5);
    });

    it("throws an error if the file has no priority", () => {
        expect(() => detectionOf("vrrp_instance a {\n}\n")).to.throw(/without a priority/);
    });
});

describe("the floor of a fault", () => {
    const detection = { advert: 1, death: 1.5, farewell: 0.1, service: 0.2 };
    const floor = (fault: Parameters<typeof floorOf>[0], bridge = false, freezeMs = 2000) =>
        floorOf(fault, detection, api, bridge, freezeMs);

    it("is the detection and two actions, or only the detection if the holder lives and there is a bridge", () => {
        expect(floor("service-crash")).to.equal(200 + 100 + 1720);
        expect(floor("service-stop", true)).to.equal(300);
        expect(floor("switchover")).to.equal(100 + 1720);
        expect(floor("switchover", true)).to.equal(100);
        expect(floor("node-reboot", true)).to.equal(100);
    });

    it("does not depend on the bridge for a dead node, which cannot carry", () => {
        expect(floor("node-poweroff")).to.equal(1500 + 1720);
        expect(floor("node-poweroff", true)).to.equal(floor("node-poweroff"));
    });

    it("is the length of a freeze that ends before it is noticed", () => {
        expect(floor("node-freeze")).to.equal(1500 + 1720);
        expect(floor("node-freeze", false, 1000)).to.equal(1000);
    });

    it("is one action if the holder serves until it loses the alias", () => {
        expect(floor("partition")).to.equal(860);
        expect(floor("keepalived-kill")).to.equal(860);
        expect(floor("keepalived-kill", true)).to.equal(0);
    });
});
