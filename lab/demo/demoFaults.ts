import type { Cloud } from "../cloud";
import { serverAction } from "../stack/api";

/** Something that happens to the node that serves, and how the node is mended afterwards. */
export interface DemoFault {
    name: string;
    strike(cloud: Cloud, node: string): Promise<unknown>;
    mend(cloud: Cloud, node: string): Promise<unknown>;
}

const systemctl = (...words: string[]) => {
    return (cloud: Cloud, node: string) => cloud.exec(node, ["systemctl", ...words]);
};

export const DEMO_FAULTS: DemoFault[] = [
    { name: "nginx stopped", strike: systemctl("stop", "nginx"), mend: systemctl("start", "nginx") },
    {
        name: "node killed",
        strike: (cloud, node) => serverAction(cloud, node, "poweroff"),
        mend: (cloud, node) => serverAction(cloud, node, "poweron"),
    },
    { name: "keepalived stopped", strike: systemctl("stop", "keepalived"), mend: systemctl("start", "keepalived") },
    // without --no-block the answer would race with the death of the one who gives it
    { name: "node rebooted", strike: systemctl("--no-block", "reboot"), mend: () => Promise.resolve() },
];
