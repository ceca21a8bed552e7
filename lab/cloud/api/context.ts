import type { Fabric } from "../fabric/types";
import type { Actions } from "./actions";
import type { Faults } from "./apiFaults";
import type { Settings } from "./settings";
import type { Store } from "./store";

/** What every part of the API needs. */
export interface Context {
    store: Store;
    actions: Actions;
    fabric: Fabric;
    settings: Settings;
    faults: Faults;
}
