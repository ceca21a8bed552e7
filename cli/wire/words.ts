/** Patterns for the words of a pair that are used in a command, a path or an address. */
import { isIPv4 } from "net";

const HOST_NAME = /^(?=.{1,63}$)[a-z0-9]([a-z0-9_.-]*[a-z0-9])?$/i;
const UNIT = /^[A-Za-z0-9:_.\\][A-Za-z0-9:_.\\-]*(@[A-Za-z0-9:_.\\-]+)?\.service$/;
const HOST_KEY = /^[a-z][a-z0-9@.-]{2,60} [A-Za-z0-9+/]{1,8192}={0,3}( [ -~]{0,200})?$/;
const VERSION = /^v\d[\d.]{0,20}$/;

export const isAddress = (word: string) => isIPv4(word);
/** The name of a node or a pair. */
export const isName = (word: string) => HOST_NAME.test(word);
/** A systemd service, as in the pair's argument `service`. */
export const isUnit = (word: string) => word.length <= 255 && UNIT.test(word);
/** A public key, as in a line of a known_hosts file. */
export const isHostKey = (word: string) => HOST_KEY.test(word);
export const isVersion = (word: string) => VERSION.test(word);
