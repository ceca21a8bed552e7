/** Why this cannot be the id of something in the cloud, or undefined. */
export function whyNotId(id: string): string | undefined {
    // beyond 2^53 two ids would be one number
    return /^[1-9]\d*$/.test(id) && Number.isSafeInteger(Number(id))
        ? undefined
        : `"${id}" is no id of the cloud: ids are whole numbers`;
}
