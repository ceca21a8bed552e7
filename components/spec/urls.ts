import { isIPv4, isIPv6 } from "net";

/** A URL in a form that Node.js, Python and all other programs read alike. */
export interface StrictUrl {
    scheme: string;
    /** A name, an IPv4 address, or an IPv6 address without its brackets. */
    host: string;
    port?: number;
    /** Everything after the authority, as written: "", or "/" and what follows. */
    rest: string;
}

const URL_FORM = /^([a-z]+):\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::([1-9]\d{0,4}))?([/?#][^]*)?$/;
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/**
 * Undefined for everything that programs read in different ways: user names, backslashes, control characters, white
 * space, other spellings of an IP address, port 0, host names outside ASCII.
 */
export function strictUrl(text: string, schemes: string[]): StrictUrl | undefined {
    const [, scheme, authority, digits, rest = ""] = URL_FORM.exec(text) ?? [];
    const port = digits === undefined ? undefined : Number(digits);
    if (
        scheme === undefined ||
        authority === undefined ||
        !schemes.includes(scheme) ||
        (port ?? 1) > 65535 ||
        /[\s\\\p{Cc}]/u.test(rest)
    ) {
        return undefined;
    }
    const host = authority.replace(/^\[|\]$/g, "");
    const isKnown = authority.startsWith("[") ? isIPv6(host) : isIPv4(host) || isName(host);
    // Node.js refuses some names that look valid, such as a broken xn-- label
    return isKnown && URL.canParse(text) ? { scheme, host, port, rest } : undefined;
}

/** Some programs read a name whose last label is a number as an IPv4 address. */
function isName(host: string): boolean {
    const labels = host.replace(/\.$/, "").split(".");
    return (
        host.length <= 253 && labels.every((label) => LABEL.test(label)) && !/^(\d+|0x[\da-f]*)$/i.test(labels.at(-1)!)
    );
}
