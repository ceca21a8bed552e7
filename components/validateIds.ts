/** Why this cannot be the id of something in the cloud, or undefined. */
export function whyNotId(id: string): string | undefined {
    return /^\d+$/.test(id) ? undefined : `"${id}" is no id of the cloud: ids are whole numbers`;
}
