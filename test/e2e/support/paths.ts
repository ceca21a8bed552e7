import * as path from "path";

/** The project's folder. */
export const ROOT = path.resolve(__dirname, "../../..");
