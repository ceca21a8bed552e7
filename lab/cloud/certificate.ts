/**
 * The API's certificate. Made by openssl and not by the `selfsigned` package, because that writes no key identifiers, and Python
 * refuses a chain without them from 3.13 on (ssl.VERIFY_X509_STRICT).
 */
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

/** A CA whose key is forgotten at once, and what it signed. */
export async function makeCertificates(): Promise<Certificates> {
    const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "localcloud-"));
    const openssl = (line: string) => execa("openssl", line.split(" "), { cwd });
    const newKey = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    try {
        fs.writeFileSync(path.join(cwd, "config"), CONFIG);
        await openssl(
            `req -x509 -config config -extensions ca -days ${VALID_DAYS} -subj /CN=Local-cloud-CA ${newKey} -keyout ca.key -out ca.pem`,
        );
        await openssl(`req -new -config config ${newKey} -keyout server.key -out server.csr`);
        await openssl(
            `x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days ${VALID_DAYS} -sha256 -extfile config -extensions server -out server.pem`,
        );
        const read = (file: string) => fs.readFileSync(path.join(cwd, file), "utf8");
        return { ca: read("ca.pem"), key: read("server.key"), cert: read("server.pem") };
    } finally {
        fs.rmSync(cwd, { recursive: true });
    }
}
