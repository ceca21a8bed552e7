import { configure, freshNamespace, removeNamespace, type Change } from "./configure";
import { elementLines, plugLines, routeLines, wantedRoutes, wantedSources, type NetworkRoute, type Port } from "./port";
import { Lane } from "./lane";

/**
 * A namespace that forwards packets between its interfaces. The wanted state is derived from the ports, and only the
 * difference to the current state is applied, one change after the other.
 */
export class Router {
    private readonly lane = new Lane();
    private readonly ports = new Map<string, Port>();
    private networkRoutes: NetworkRoute[] = [];
    private routes = new Map<string, string>();
    private sources = new Map<string, string>();

    /** @param source The address that the router's own connections come from, if not the gateway's. */
    constructor(
        readonly namespace: string,
        private readonly source?: string,
    ) {}

    async create(change: Change): Promise<void> {
        await freshNamespace(this.namespace);
        await this.setUp(change);
    }

    /** What `create` does in an existing namespace. */
    async setUp(change: Change): Promise<void> {
        const everywhere = ["all", "default"].flatMap((conf) => [
            // a namespace starts with this machine's settings
            [`net/ipv4/conf/${conf}/rp_filter`, "0"],
            [`net/ipv4/conf/${conf}/send_redirects`, "0"],
        ]);
        const sysctl = {
            "net/ipv4/ip_forward": "1",
            "net/ipv6/conf/all/forwarding": "1",
            ...(Object.fromEntries(everywhere) as Record<string, string>),
        };
        await configure(this.namespace, {
            sysctl,
            ip: ["link set dev lo up", ...(change.ip ?? [])],
            nft: change.nft,
        });
    }

    remove(): Promise<void> {
        return this.lane.run(() => removeNamespace(this.namespace));
    }

    plug(port: Port): Promise<void> {
        return this.lane.run(async () => {
            this.ports.set(port.device, port);
            try {
                await this.sync(plugLines(port));
            } catch (error) {
                this.ports.delete(port.device);
                throw error;
            }
        });
    }

    /** The link is down at once on both ends; its routes go with it. */
    unplug(device: string): Promise<void> {
        return this.lane.run(async () => {
            if (!this.ports.delete(device)) {
                return;
            }
            const gone = (rest: string) => `${rest} `.includes(`dev ${device} `);
            this.routes = new Map([...this.routes].filter(([, rest]) => !gone(rest)));
            await this.sync([`link del dev ${device}`]);
        });
    }

    setAlso(device: string, also: string[]): Promise<void> {
        return this.lane.run(() => {
            const port = this.ports.get(device);
            if (port === undefined) {
                return Promise.resolve();
            }
            port.also = [...also];
            return this.sync([]);
        });
    }

    setNetworkRoutes(routes: NetworkRoute[]): Promise<void> {
        return this.lane.run(() => {
            this.networkRoutes = routes;
            return this.sync([]);
        });
    }

    apply(change: Change): Promise<void> {
        return this.lane.run(() => configure(this.namespace, change));
    }

    has(device: string): boolean {
        return this.ports.has(device);
    }

    private async sync(links: string[]): Promise<void> {
        const ports = [...this.ports.values()];
        const routes = wantedRoutes(ports, this.networkRoutes, this.source);
        const sources = wantedSources(ports, this.networkRoutes);
        const change = { ip: [...links, ...routeLines(this.routes, routes)], nft: elementLines(this.sources, sources) };
        if (change.ip.length > 0 || change.nft.length > 0) {
            await configure(this.namespace, change);
        }
        this.routes = routes;
        this.sources = sources;
    }
}
