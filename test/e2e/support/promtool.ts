import execa from "execa";
import * as fs from "fs";
import * as path from "path";
import { cacheDir } from "../../../lab/cloud/instance";

/**
 * Prometheus' own checker for rules and metrics, unpacked from Debian's package. The package is not installed, because
 * it would start a server.
 *
 * @returns the program's path
 */
export async function promtool(): Promise<string> {
    const folder = path.join(cacheDir(), "promtool");
    const program = path.join(folder, "promtool");
    if (!fs.existsSync(program)) {
        fs.mkdirSync(folder, { recursive: true });
        const work = fs.mkdtempSync(path.join(folder, "download-"));
        try {
            const download = () => execa("apt-get", ["--quiet=2", "download", "prometheus"], { cwd: work });
            await download().catch(async () => {
                await execa("apt-get", ["--quiet=2", "update"]);
                await download();
            });
            const [file] = fs.readdirSync(work);
            await execa("dpkg-deb", ["--extract", file, "content"], { cwd: work });
            fs.renameSync(path.join(work, "content", "usr", "bin", "promtool"), program);
        } finally {
            fs.rmSync(work, { recursive: true });
        }
    }
    return program;
}
