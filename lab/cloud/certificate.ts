/** Certificates, made by openssl: from 3.13 on Python refuses a chain without key identifiers (ssl.VERIFY_X509_STRICT). */
import execa from "execa";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { API_ADDRESS } from "./instance";

const VALID_DAYS = "365";
const CONFIG = `
[req]
prompt = no
distinguished_name = name
[name]
CN = Local cloud
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = IP:${API_ADDRESS}, DNS:api.hetzner.cloud
`;

export interface Certificates {
    ca: string;
    /** Of the API's server, signed by the CA. */
    key: string;
    cert: string;
}

const NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

/** A CA whose key is forgotten at once, and what it signed. */
export function makeCertificates(): Promise<Certificates> {
    return withOpenssl(CONFIG, async (openssl, read) => {
        await openssl(
            `req -x509 -config config -extensions ca -days ${VALID_DAYS} -subj /CN=Local-cloud-CA ${NEW_KEY} -keyout ca.key -out ca.pem`,
        );
        await openssl(`req -new -config config ${NEW_KEY} -keyout server.key -out server.csr`);
        await openssl(
            `x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days ${VALID_DAYS} -sha256 -extfile config -extensions server -out server.pem`,
        );
        return { ca: read("ca.pem"), key: read("server.key"), cert: read("server.pem") };
    });
}

/** A certificate that is its own CA. @param altNames As "DNS:name" or "IP:address". */
export function selfSigned(name: string, altNames: string[]): Promise<{ key: string; cert: string }> {
    const config = `
[req]
prompt = no
distinguished_name = name
[name]
CN = ${name}
[own]
basicConstraints = critical, CA:TRUE
keyUsage = critical, digitalSignature, keyCertSign
subjectKeyIdentifier = hash
subjectAltName = ${altNames.join(", ")}
`;
    return withOpenssl(config, async (openssl, read) => {
        await openssl(
            `req -x509 -config config -extensions own -days ${VALID_DAYS} ${NEW_KEY} -keyout own.key -out own.pem`,
        );
        return { key: read("own.key"), cert: read("own.pem") };
    });
}

/** Runs openssl in a folder of its own, in which the file "config" is. */
async function withOpenssl<T>(
    config: string,
    work: (openssl: (line: string) => Promise<unknown>, read: (file: string) => string) => Promise<T>,
): Promise<T> {
    const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "localcloud-"));
    try {
        fs.writeFileSync(path.join(cwd, "config"), config);
        return await work(
            (line) => execa("openssl", line.split(" "), { cwd }),
            (file) => fs.readFileSync(path.join(cwd, file), "utf8"),
        );
    } finally {
        fs.rmSync(cwd, { recursive: true });
    }
}
