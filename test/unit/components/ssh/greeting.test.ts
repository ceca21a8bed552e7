import { expect } from "chai";
import { createServer, type AddressInfo, type Server, type Socket } from "net";
import { greeting, patientGreeting } from "../../../../components/ssh/greeting";

describe("an SSH server, before a step begins", () => {
    let server: Server | undefined;
    let sockets: Socket[];

    const serve = async (greet: (socket: Socket) => void): Promise<{ host: string; port: number; seconds: number }> => {
        sockets = [];
        server = createServer((socket) => {
            sockets.push(socket.on("error", () => undefined));
            greet(socket);
        });
        await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
        return { host: "127.0.0.1", port: (server.address() as AddressInfo).port, seconds: 0.2 };
    };
    afterEach(() => {
        sockets.forEach((socket) => socket.destroy());
        server?.close();
    });

    it("greets", async () => {
        const at = await serve((socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"));
        expect(await greeting({ ...at, seconds: 5 })).to.equal("greets");
    });

    it("greets after other lines, and in several pieces", async () => {
        const at = await serve((socket) => {
            socket.write("Authorized use only\r\nSS");
            setTimeout(() => socket.write("H-2.0-x\r\n"), 20);
        });
        expect(await greeting({ ...at, seconds: 5 })).to.equal("greets");
    });

    it("is silent if it accepts and sends nothing, or other data without end", async () => {
        expect(await greeting(await serve(() => undefined))).to.equal("silent");
        server!.close();
        expect(await greeting(await serve((socket) => socket.write("HTTP/1.1 400 Bad Request\r\n")))).to.equal(
            "silent",
        );
    });

    it("is not silent if it refuses or closes, because the plugin's own limits handle that", async () => {
        const at = await serve((socket) => socket.destroy());
        expect(await greeting(at)).to.equal("unreachable");
        server!.close();
        expect(await greeting(at)).to.equal("unreachable");
    });

    it("fails the step if it stays silent for the whole time", async () => {
        const at = await serve(() => undefined);
        const from = performance.now();
        expect(await patientGreeting(at, 0.5)).to.equal("silent");
        expect(performance.now() - from).to.be.within(500, 5000);
    });

    it("can be silent for a while", async () => {
        const at = await serve((socket) => sockets.length > 1 && socket.write("SSH-2.0-x\r\n"));
        expect(await patientGreeting({ ...at, seconds: 0.1 }, 60)).to.equal("greets");
        expect(sockets).to.have.length(2);
    });
});
