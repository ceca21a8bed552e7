import Fastify from "fastify";
import { NullFabric } from "../../fabric/null";
import { Actions } from "../actions";
import { Faults } from "../apiFaults";
import { addRoutes } from "../server";
import { DEFAULTS } from "../settings";
import { Store } from "../store";
import { compileSchema } from "../validation";

/** What the local cloud answers: `GET /servers/{id}` for each of its routes, sorted. */
export async function operationsOfTheCloud(): Promise<string[]> {
    const store = new Store(null);
    const settings = { ...DEFAULTS };
    const faults = new Faults(1);
    const actions = new Actions(store, settings);
    const app = Fastify({ exposeHeadRoutes: false });
    const operations: string[] = [];
    app.setValidatorCompiler(compileSchema);
    app.addHook("onRoute", ({ method, url }) => {
        operations.push(`${String(method)} ${asTemplate(url)}`);
    });
    await addRoutes(app, { store, settings, actions, faults, fabric: new NullFabric() });
    await app.close();
    return operations.sort();
}

/** The router's `/servers/:id` as the description writes it. */
export function asTemplate(url: string): string {
    return url.replace(/:(\w+)/g, "{$1}");
}
