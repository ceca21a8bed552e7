// Loaded before the Pulumi program of a compiled checkout (checkout.ts), which then takes 2 s of a processor, and not 6.
const Module = require("node:module");

if (/cmd[\\/]run[\\/]index\.js$/.test(process.argv[1] ?? "")) {
    // the language host that is built from source starts every program with ts-node, whatever Pulumi.yaml says
    process.env.PULUMI_NODEJS_TYPESCRIPT = "false";
    require("../cloud/seldomUsed.cjs");
    const load = Module._load;
    Module._load = function (request, ...rest) {
        // each promise of the SDK has a stack trace, and each of its lines would be looked up in a source map
        if (request === "source-map-support/register") {
            return {};
        }
        return load.call(this, request, ...rest);
    };
}
