import * as ssh2 from "ssh2";

/** A new key pair, each in the form of OpenSSH's files. */
export function newSshKey(): { public: string; private: string } {
    for (;;) {
        const key = ssh2.utils.generateKeyPairSync("ed25519");
        // ssh2 1.17 creates an unreadable key about once in 200 times
        if (!(ssh2.utils.parseKey(key.private) instanceof Error)) {
            return key;
        }
    }
}
