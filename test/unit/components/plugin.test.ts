import { expect } from "chai";
import execa from "execa";
import * as fs from "fs";
import * as path from "path";

const ROOT = path.resolve(__dirname, "../../..");

interface Package {
    name: string;
    version: string;
    license: string;
    dependencies: Record<string, string>;
    peerDependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
}

interface Lock {
    packages: Record<string, { version: string; integrity?: string }>;
}

const read = <T>(...file: string[]) => JSON.parse(fs.readFileSync(path.join(ROOT, ...file), "utf8")) as T;

const packageJson = (folder: string) => read<Package>(folder, "package.json");

describe("components/package.json", () => {
    it("has the same values as the project's package.json", () => {
        const [project, own] = [packageJson("."), packageJson("components")];
        const peers = Object.keys(project.peerDependencies ?? {});
        expect(own.name).to.equal(project.name);
        expect(own.version).to.equal(project.version);
        expect({ ...project.devDependencies, ...project.dependencies }).to.include(own.dependencies);
        expect(own.dependencies).to.include(project.dependencies);
        // an engine installs this folder alone, without a program that brings these packages
        expect(own.dependencies).to.include.keys(peers);
        // compiles the sources with only this folder's node_modules
        expect(own.dependencies).to.include.keys("typescript", "ts-node", "@types/node");
    });
});

for (const folder of [".", "components"]) {
    describe(`the lock of ${folder}`, function () {
        this.timeout(60_000);
        const packages = () => read<Lock>(folder, "package-lock.json").packages;

        it("matches its package.json", async () => {
            const { name, version, license, dependencies, devDependencies = {} } = packageJson(folder);
            expect(packages()[""]).to.deep.include({ name, version, license, dependencies });
            for (const [each, pin] of Object.entries({ ...dependencies, ...devDependencies })) {
                expect(packages()[`node_modules/${each}`].version, each).to.equal(pin);
            }
            // npm compares the lock with each package's needs; it reads the lock only and asks no registry
            const words = ["ls", "--package-lock-only", "--all", "--json"];
            const { stdout } = await execa("npm", words, { cwd: path.join(ROOT, folder), reject: false });
            const { problems = [] } = JSON.parse(stdout) as { problems?: string[] };
            expect(problems, `npm install --package-lock-only in ${folder} renews the lock`).to.deep.equal([]);
        });

        it("has a checksum for every package", () => {
            const without = Object.entries(packages()).filter(([name, { integrity }]) => name !== "" && !integrity);
            expect(without.map(([name]) => name)).to.deep.equal([]);
        });
    });
}
