/** Checks of a single node: its token, its units, its disk. */
import { lastLine } from "../wire/plain";
import { critical, type Finding, good, orGood, type Patient, warning } from "./finding";
import { rewrite } from "./software";

/** As shares of a file system. */
const TIGHT = 0.1;
const FULL = 0.02;

export function tokens(patients: Patient[]): Finding[] {
    return patients.flatMap(({ node: { name }, exam: { tokenFile, tokenCheck } }): Finding[] => {
        const replace = `${rewrite(name, "token")} installs the program's token again; for a new token: pulumi config set --secret hcloudToken (or the program's name for it), then pulumi up`;
        if (tokenFile === null) {
            return [critical("token", `${name}: there is no token file`, replace)];
        }
        const found: Finding[] = [];
        if (tokenFile.mode !== "0400" || tokenFile.owner !== "failover-agent") {
            const text = `${name}: the token file can be read or changed by other users: mode ${tokenFile.mode}, owner ${tokenFile.owner}`;
            const way = `on ${name}: chown failover-agent: and chmod 0400 it; if others could read it, create a new token: ${replace}`;
            found.push(critical("token", text, way));
        }
        const said = lastLine(tokenCheck.said);
        if (tokenCheck.code === 1) {
            found.push(critical("token", `${name}: ${said}`, replace));
        } else if (tokenCheck.code !== 0) {
            const way = `on ${name}: curl -sS https://api.hetzner.cloud/v1/; a firewall, DNS or the proxy may be in the way`;
            found.push(warning("token", `${name}: ${said}`, way));
        }
        return orGood(found, "token", `${name}: ${said}`);
    });
}

export function units(patients: Patient[]): Finding[] {
    return orGood(
        [...patients.flatMap(unitsOf), ...patients.flatMap(tracking)],
        "units",
        "running, enabled, and none has failed",
    );
}

function unitsOf({ node: { name }, exam: { failedUnits, enabled, status, config } }: Patient): Finding[] {
    const service = config?.service ?? null;
    const states: [string, string | null][] = [
        ["alias-switch.service", status === null || status.agent === "running" ? "active" : status.agent],
        ["keepalived.service", status?.keepalived ?? "active"],
        ...(service === null ? [] : [[service, status?.service ?? "active"] as [string, string]]),
    ];
    const down = states.filter(([, state]) => state !== "active");
    const others = failedUnits.filter((unit) => states.every(([known]) => known !== unit));
    const off = Object.entries(enabled).filter(([, state]) => state !== "enabled");
    return [
        ...down.map(([unit, state]) =>
            critical(
                "units",
                `${name}: ${unit} is ${state}`,
                `on ${name}: journalctl -n 50 -u ${unit}; systemctl restart ${unit}`,
            ),
        ),
        ...off.map(([unit, state]) =>
            critical(
                "units",
                `${name}: ${unit} is ${state}: it does not start at boot`,
                `on ${name}: systemctl enable ${unit}`,
            ),
        ),
        ...(others.length === 0
            ? []
            : [
                  warning(
                      "units",
                      `${name}: failed: ${others.join(", ")}`,
                      `on ${name}: systemctl --failed; journalctl -u UNIT`,
                  ),
              ]),
        ...(status?.drained
            ? [
                  warning(
                      "units",
                      `${name} is drained and refuses to be MASTER`,
                      `after the maintenance, run on ${name}: alias-switch undrain`,
                  ),
              ]
            : []),
    ];
}

/** keepalived reports parts of its configuration that it ignores only in its journal. */
function tracking({ node: { name }, exam: { status } }: Patient): Finding[] {
    const refused = Object.entries(status?.refused ?? {}).map(([check, why]) =>
        critical(
            "units",
            `${name}: keepalived does not run the check ${check}: ${why}`,
            `on ${name}, then: systemctl restart keepalived`,
        ),
    );
    const unwatched = critical(
        "units",
        `${name}: keepalived does not watch its track files, so drain and a stopped service cause no failover`,
        `on ${name}: sysctl fs.inotify.max_user_instances=1024, also in /etc/sysctl.d; systemctl restart keepalived`,
    );
    return status?.watched === false ? [...refused, unwatched] : refused;
}

export function disks(patients: Patient[]): Finding[] {
    const found = patients.flatMap(({ node: { name }, exam }) =>
        exam.disks.flatMap(({ path, free, size, filesFree, files: inodes }): Finding[] => {
            const share = Math.min(size === 0 ? 1 : free / size, inodes === 0 ? 1 : filesFree / inodes);
            const text = `${name}: ${path} has ${(free / 1e6).toFixed(0)} MB of ${(size / 1e6).toFixed(0)} MB and ${filesFree} files free`;
            const way = `on ${name}: du -xh -d 2 ${path} | sort -h | tail; journalctl --vacuum-size=200M`;
            return share < FULL ? [critical("disk", text, way)] : share < TIGHT ? [warning("disk", text, way)] : [];
        }),
    );
    return orGood(found, "disk", "enough free space on every file system");
}

export function settings(patients: Patient[]): Finding[] {
    const found = patients.flatMap(({ node: { name }, exam: { nonlocalBind, status } }): Finding[] => [
        ...(nonlocalBind === "1"
            ? []
            : [
                  warning(
                      "settings",
                      `${name}: net.ipv4.ip_nonlocal_bind is ${nonlocalBind}: a service cannot bind the virtual IP before the node has it`,
                      `on ${name}: sysctl --system, and find the file in /etc/sysctl.d that resets it`,
                  ),
              ]),
        ...(status !== null && status.holderByMetadata === null
            ? [
                  warning(
                      "settings",
                      `${name}: the metadata service does not answer, so a moved alias is noticed only through the API, every 5 minutes`,
                      `on ${name}: curl -sS http://169.254.169.254/hetzner/v1/metadata; ip route get 169.254.169.254`,
                  ),
              ]
            : []),
    ]);
    return found.length > 0 ? found : [good("settings", "correct; the metadata service answers")];
}
