/**
 * Stands for a module that is loaded when something of it is asked for. Compiled TypeScript asks each module at once
 * whether it is an ES module, and copies all of one that is not.
 */
exports.whenUsed = function (loadModule) {
    let loaded;
    const module = () => (loaded ??= loadModule());
    const get = (_, name) => (name === "__esModule" ? true : module()[name]);
    return new Proxy({}, { get, has: (_, name) => name in module() });
};
