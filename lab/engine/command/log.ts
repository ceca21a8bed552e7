import { StringDecoder } from "node:string_decoder";

export type Severity = "info" | "warning" | "error";

/** Logs a message about a resource. A status is shown only while the operation lasts. */
export interface Log {
    write(severity: Severity, urn: string, message: string, status?: boolean): void;
    /** Resolves when all that was written has arrived. */
    flush(): Promise<void>;
}

/** Cuts a stream into lines; the last one may lack its newline. */
export class Lines {
    private readonly decoder = new StringDecoder("utf8");
    private rest = "";

    constructor(private readonly onLine: (line: string) => void) {}

    push(chunk: Buffer): void {
        const lines = (this.rest + this.decoder.write(chunk)).split("\n");
        this.rest = lines.pop() ?? "";
        lines.forEach((line) => this.onLine(line.replace(/\r$/, "")));
    }

    end(): void {
        const last = this.rest + this.decoder.end();
        this.rest = "";
        if (last !== "") {
            this.onLine(last);
        }
    }
}
