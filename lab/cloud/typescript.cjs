// Loaded before each TypeScript program of the project, and before mocha. Without tsx's loader for ES modules, which no
// program here is, node starts in half the time.
require("tsx/cjs");
require("./seldomUsed.cjs");
