/** A moment for a person, in this machine's time zone: "2026-08-01 12:34:56.789", or without the milliseconds. */
export function when(ms: number, milliseconds = false): string {
    const date = new Date(ms);
    const two = (value: number) => String(value).padStart(2, "0");
    const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
    const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
    return `${day} ${time}${milliseconds ? `.${String(date.getMilliseconds()).padStart(3, "0")}` : ""}`;
}

/** "0.25 s", "3.2 s", "2 min", "5 h", "3 d". */
export function span(seconds: number): string {
    const steps: [number, number, string][] = [
        [1, 1, ""],
        [120, 1, "s"],
        [7200, 60, "min"],
        [172800, 3600, "h"],
        [Infinity, 86400, "d"],
    ];
    const [, unit, name] = steps.find(([below]) => seconds < below)!;
    if (name === "" || (name === "s" && seconds < 10)) {
        return `${seconds.toFixed(2).replace(/(\.\d)0$/, "$1")} s`;
    }
    return `${Math.floor(seconds / unit)} ${name}`;
}
