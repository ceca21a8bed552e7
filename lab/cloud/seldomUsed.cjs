// Puts off the loading of two packages that Pulumi's SDK loads at its start. That takes a second of a processor, and nearly
// no program uses them: they make a program out of a function.
const Module = require("node:module");
const path = require("node:path");

const SELDOM_USED = ["@npmcli/arborist", "typescript"];
const SDK = path.join("node_modules", "@pulumi", "pulumi") + path.sep;

const load = Module._load;
Module._load = function (request, parent, isMain) {
    const loadNow = () => load.call(this, request, parent, isMain);
    return SELDOM_USED.includes(request) && parent?.filename?.includes(SDK) ? whenUsed(loadNow) : loadNow();
};

/**
 * Stands for a module that is loaded when something of it is asked for. Compiled TypeScript asks each module at once
 * whether it is an ES module, and copies all of one that is not.
 */
function whenUsed(loadModule) {
    let loaded;
    const module = () => (loaded ??= loadModule());
    const get = (_, name) => (name === "__esModule" ? true : module()[name]);
    return new Proxy({}, { get, has: (_, name) => name in module() });
}
