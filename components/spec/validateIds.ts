/** Why this cannot be an id of the cloud, or undefined. */
export function whyNotId(id: string): string | undefined {
    // above 2^53 two different ids become the same number
    return /^[1-9]\d*$/.test(id) && Number.isSafeInteger(Number(id))
        ? undefined
        : `"${id}" is not an id of the cloud: write a whole number`;
}
