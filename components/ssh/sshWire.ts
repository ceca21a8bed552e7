/** The data types of RFC 4251, which keys and key files consist of. */

export function uint32(number: number): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(number);
    return bytes;
}

/** The strings one after the other, each with its length before it. */
export function strings(...values: (string | Buffer)[]): Buffer {
    const parts = values.map((value) => Buffer.from(value as string));
    return Buffer.concat(parts.flatMap((bytes) => [uint32(bytes.length), bytes]));
}

/** The content of a number: without leading zeros, except the zero that keeps it from being read as negative. */
export function mpint(bytes: Buffer): Buffer {
    const first = bytes.findIndex((byte) => byte !== 0);
    const digits = first < 0 ? Buffer.alloc(0) : bytes.subarray(first);
    return (digits[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.alloc(1), digits]) : digits;
}

/** Reads one value after the other. Throws at the end of the data. */
export class Reader {
    private at = 0;

    constructor(private readonly data: Buffer) {}

    public take(length: number): Buffer {
        if (this.at + length > this.data.length) {
            throw new Error("cut off");
        }
        this.at += length;
        return this.data.subarray(this.at - length, this.at);
    }

    public uint32(): number {
        return this.take(4).readUInt32BE();
    }

    public string(): Buffer {
        return this.take(this.uint32());
    }

    public text(): string {
        return this.string().toString("latin1");
    }

    /** All remaining strings. */
    public rest(): Buffer[] {
        const found: Buffer[] = [];
        while (this.at < this.data.length) {
            found.push(this.string());
        }
        return found;
    }
}
