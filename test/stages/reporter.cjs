// mocha's spec reporter, which also leaves its counts where the test command adds them up, by file too: `parts` as the table has them, `byFile` by path, also of a parallel run.
const { writeFileSync } = require("node:fs");
const { basename } = require("node:path");
const { reporters, Runner } = require("mocha");

const { EVENT_RUN_END, EVENT_SUITE_BEGIN, EVENT_SUITE_END, EVENT_TEST_FAIL, EVENT_TEST_PASS } = Runner.constants;

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
        const byFile = new Map();
        const count = (key) => (test) => {
            const one = byFile.get(test.file) ?? { name: test.file ?? "", passed: 0, failed: 0, seconds: 0 };
            one[key]++;
            one.seconds += (test.duration ?? 0) / 1000;
            byFile.set(test.file, one);
        };
        runner.on(EVENT_TEST_PASS, count("passed"));
        runner.on(EVENT_TEST_FAIL, count("failed"));
        runner.once(EVENT_RUN_END, () => {
            const [parts, found] = [[...files.values()], [...byFile.values()]];
            const counts = { passed: stats.passes, failed: stats.failures, parts, byFile: found };
            writeFileSync(process.env.TEST_COUNTS, JSON.stringify(counts));
        });
    }
};
