/** Hetzner's description of its API, reduced to names and types: the shape of `hetzner.json`. */

export type Schema = Record<string, unknown>;

export interface DescribedOperation {
    /** Null where the operation takes no body. */
    request: Schema | null;
    /** By status: `200`, or `4xx` for all of them. Null for an answer without a body. */
    answers: Record<string, Schema | null>;
}

export interface Reduced {
    /** `GET /servers/{id}` → what it takes and answers. */
    operations: Record<string, DescribedOperation>;
    /** What occurs more than once, referred to as `{"$ref": "name"}`. */
    schemas: Record<string, Schema>;
}
