import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Log, Severity } from "./log";

const SEVERITIES = { info: LogSeverity.INFO, warning: LogSeverity.WARNING, error: LogSeverity.ERROR };

/** Writes to the engine, which shows a line at its resource and hides the secrets that it knows. */
export class EngineLog implements Log {
    private readonly engine: EngineClient;
    // one at a time, so that lines arrive in their order
    private last: Promise<void> = Promise.resolve();

    constructor(address: string) {
        this.engine = new EngineClient(address, credentials.createInsecure());
    }

    write(severity: Severity, urn: string, message: string, status = false): void {
        const request = new LogRequest();
        request.setSeverity(SEVERITIES[severity]);
        request.setUrn(urn);
        request.setMessage(message);
        request.setEphemeral(status);
        // a command must not fail because an ending engine does not accept a line that it printed
        this.last = this.last.then(() => new Promise((resolve) => this.engine.log(request, () => resolve())));
    }

    flush(): Promise<void> {
        return this.last;
    }
}
