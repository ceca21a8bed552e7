import { isIPv4, isIPv6 } from "net";

/** A URL in the one form that Node.js, Python and every other reader understand alike. */
export interface StrictUrl {
    scheme: string;
    /** A name, an IPv4 address, or an IPv6 address without its brackets. */
    host: string;
    port?: number;
    /** Everything behind the authority, as it was written: "", or "/" and what follows. */
    rest: string;
}

const URL_FORM = /^([a-z]+):\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::([1-9]\d{0,4}))?([/?#][^]*)?$/;
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/**
 * Undefined for everything that readers of URLs read in different ways: user names, backslashes, control characters,
 * white space, other spellings of an IP address, port 0, host names outside ASCII.
 */
export function strictUrl(text: string, schemes: string[]): StrictUrl | undefined {
    const [, scheme, authority, digits, rest = ""] = URL_FORM.exec(text) ?? [];
    const port = digits === undefined ? undefined : Number(digits);
    if (scheme === undefined || !schemes.includes(scheme) || (port ?? 1) > 65535 || /[\s\\\p{Cc}]/u.test(rest)) {
        return undefined;
    }
    const host = authority.replace(/^\[|\]$/g, "");
    const isKnown = authority.startsWith("[") ? isIPv6(host) : isIPv4(host) || isName(host);
    // Node.js refuses some names that look right, such as a broken xn-- label
    return isKnown && URL.canParse(text) ? { scheme, host, port, rest } : undefined;
}

/** A name whose last label is a number is an odd spelling of an IPv4 address to some readers. */
function isName(host: string): boolean {
    const labels = host.replace(/\.$/, "").split(".");
    return (
        host.length <= 253 && labels.every((label) => LABEL.test(label)) && !/^(\d+|0x[\da-f]*)$/i.test(labels.at(-1)!)
    );
}
