/**
 * The least that a fault can cost: the time until it is detected, from the pair's own keepalived.conf, and the API's
 * actions to clear the alias and to assign it, one after the other. Pure.
 */
import type { FaultName } from "./faults";

/** How a node detects a fault, in seconds. */
export interface Detection {
    /** Between two adverts of the master. */
    advert: number;
    /** From a node's death to the other one's promotion, on average over the phase of its adverts. */
    death: number;
    /** From a master's last advert (it stops, or is in FAULT) to the other node's promotion. */
    farewell: number;
    /** From the service's end to the master's last advert, on average over the phase of the check. */
    service: number;
}

/** The API's times as measured, ms. */
export interface ApiTimes {
    /** From a request to its answer. */
    call: number;
    /** From the acceptance of a change of aliases to its effect. */
    action: number;
}

const number = (conf: string, pattern: RegExp) => {
    const found = pattern.exec(conf);
    return found === null ? undefined : Number(found[1]);
};

/** @param conf The keepalived.conf of the node that takes over. @throws Error if it has no priority. */
export function detectionOf(conf: string): Detection {
    const advert = number(conf, /^\s*advert_int\s+([\d.]+)/m) ?? 1;
    const priority = number(conf, /^\s*priority\s+(\d+)/m);
    if (priority === undefined) {
        throw new Error(`a keepalived.conf without a priority:\n${conf}`);
    }
    // version 2, the default, counts the skew in seconds, version 3 in intervals
    const unit = number(conf, /^\s*vrrp_version\s+(\d)/m) === 3 ? advert : 1;
    const farewell = ((256 - priority) / 256) * unit;
    return { advert, death: 2.5 * advert + farewell, farewell, service: serviceDetection(conf) };
}

/** A tracked file is written by the unit's own hook; without one the service is asked every `interval`, and has to fail `fall` times. */
function serviceDetection(conf: string): number {
    if (/^\s*track_file service\b/m.test(conf)) {
        return 0;
    }
    const interval = number(conf, /^\s*interval\s+([\d.]+)/m) ?? 1;
    const fall = number(conf, /^\s*fall\s+(\d+)/m) ?? 1;
    return (fall - 0.5) * interval;
}

export function floorOf(
    fault: FaultName,
    detection: Detection,
    api: ApiTimes,
    bridge: boolean,
    freezeMs: number,
): number {
    const [death, farewell, service] = [detection.death, detection.farewell, detection.service].map((s) => s * 1000);
    const move = api.call + api.action;
    const moved = bridge ? 0 : 2 * move;
    switch (fault) {
        case "service-crash":
        case "service-stop":
            return service + farewell + moved;
        case "switchover":
        case "node-reboot":
            return farewell + moved;
        case "node-poweroff":
            return death + 2 * move;
        case "node-freeze":
            return death < freezeMs ? death + 2 * move : freezeMs;
        // the holder of the alias keeps serving until the alias is cleared
        case "keepalived-kill":
            return bridge ? 0 : move;
        case "partition":
            return move;
    }
}
