// Loaded before each TypeScript program of the project, and before mocha. Without tsx's loader for ES modules, which no
// program here is, node starts in half the time.
require("tsx/cjs");
const Module = require("node:module");
const path = require("node:path");
const { whenUsed } = require("./whenUsed.cjs");

/** Pulumi's SDK loads them at its start, which takes a second of a processor, and nearly no program uses them. */
const SELDOM_USED = ["@npmcli/arborist", "typescript"];
const SDK = path.join("node_modules", "@pulumi", "pulumi") + path.sep;

const load = Module._load;
Module._load = function (request, parent, isMain) {
    const loadNow = () => load.call(this, request, parent, isMain);
    return SELDOM_USED.includes(request) && parent?.filename?.includes(SDK) ? whenUsed(loadNow) : loadNow();
};
