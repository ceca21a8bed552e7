// mocha's spec reporter, which also leaves its counts where the test command adds them up, by file too.
const { writeFileSync } = require("node:fs");
const { basename } = require("node:path");
const { reporters, Runner } = require("mocha");

const { EVENT_RUN_END, EVENT_SUITE_BEGIN, EVENT_SUITE_END } = Runner.constants;

module.exports = class Counting extends reporters.Spec {
    constructor(runner, options) {
        super(runner, options);
        const { stats } = runner;
        const files = new Map();
        let begun = null;
        // the files' suites follow one another, unless they run in processes of their own
        const isFile = (suite) => suite.parent?.root && !runner.isParallelMode();
        runner.on(EVENT_SUITE_BEGIN, (suite) => {
            if (isFile(suite)) {
                begun = { at: Date.now(), passes: stats.passes, failures: stats.failures };
            }
        });
        runner.on(EVENT_SUITE_END, (suite) => {
            if (isFile(suite)) {
                const name = basename(suite.file ?? "").replace(/\.test\.ts$/, "");
                const file = files.get(name) ?? { name, passed: 0, failed: 0, seconds: 0 };
                file.passed += stats.passes - begun.passes;
                file.failed += stats.failures - begun.failures;
                file.seconds += (Date.now() - begun.at) / 1000;
                files.set(name, file);
            }
        });
        runner.once(EVENT_RUN_END, () => {
            const counts = { passed: stats.passes, failed: stats.failures, parts: [...files.values()] };
            writeFileSync(process.env.TEST_COUNTS, JSON.stringify(counts));
        });
    }
};
