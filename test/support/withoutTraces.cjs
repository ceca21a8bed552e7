// Pulumi's SDK keeps a stack trace with each of its promises, to print it if one is left over. To look its lines up in
// the source maps takes half of the time of a test with mocks.
const debuggable = require("@pulumi/pulumi/runtime/debuggable");

const { debuggablePromise } = debuggable;

debuggable.debuggablePromise = (promise, context) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
        return debuggablePromise(promise, context);
    } finally {
        Error.stackTraceLimit = stackTraceLimit;
    }
};
