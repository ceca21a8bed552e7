import { expect } from "chai";
import { Soak } from "../../../lab/soak/soak";
import { sentence, summary } from "../../../lab/soak/report";
import { OnPair, tell } from "../support/onPair";

const SEED = 4;
const MINUTES = 1;

describe("a soak of a minute", function () {
    this.timeout(MINUTES * 60_000 + 180_000);
    const on = new OnPair();

    it(`with seed ${SEED}: only a MASTER assigns, no other alias is lost, and the pair recovers`, async () => {
        const soak = new Soak(on.pair.cloud, on.client, tell);
        await soak.run(SEED, MINUTES);
        tell(sentence(soak.reports));
        expect(summary(soak.reports).steps).to.be.greaterThan(4);
    });
});
