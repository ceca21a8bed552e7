import { has, today } from "./changes";
import type { Deprecation, Image, Location, ServerType } from "./catalog";
import { LOCATIONS, SERVER_TYPES } from "./catalog";
import type { Context } from "./context";
import type { StoredImage } from "./model";

const VAT_PERCENT = 19;
const TB = 1024 ** 4;
const HOURS_PER_MONTH = 624;

function price(net: number) {
    return { net: net.toFixed(10), gross: (net * (1 + VAT_PERCENT / 100)).toFixed(16) };
}

export function locationView({ id, name, description, country, city, latitude, longitude, network_zone }: Location) {
    return { id, name, description, country, city, latitude, longitude, network_zone };
}

function typePrices(type: ServerType) {
    return type.locations.map((name) => ({
        location: name,
        price_hourly: price(type.price),
        price_monthly: price(type.price * HOURS_PER_MONTH),
        included_traffic: 20 * TB,
        price_per_tb_traffic: price(1),
    }));
}

/** The catalogue depends on the cloud's date and on the sold-out types. */
type Moment = Pick<Context, "settings" | "faults">;

function isPast({ settings }: Moment, time: string): boolean {
    return time.slice(0, 10) < today(settings);
}

/** Whether a server of this type can be created in this location. */
export function isAvailable(moment: Moment, type: ServerType, location: string): boolean {
    const deprecation = deprecationIn(type, location);
    return (
        type.locations.includes(location) &&
        !(deprecation && isPast(moment, deprecation.unavailable_after)) &&
        !moment.faults.soldOut(type.name, location)
    );
}

function deprecationIn(type: ServerType, location: string): Deprecation | null {
    return type.deprecatedIn.includes(location) ? type.deprecation : null;
}

export function serverTypeView(moment: Moment, type: ServerType) {
    const { id, name, category, cores, memory, disk, cpuType, architecture } = type;
    const everywhere = type.locations.every((location) => type.deprecatedIn.includes(location));
    const deprecation = everywhere ? type.deprecation : null;
    const locations = LOCATIONS.filter((location) => type.locations.includes(location.name));
    return {
        id,
        name,
        description: name.toUpperCase(),
        category,
        cores,
        memory,
        disk,
        storage_type: "local",
        cpu_type: cpuType,
        architecture,
        prices: typePrices(type),
        ...(has(moment.settings, "noDeprecatedField") ? {} : { deprecated: deprecation !== null }),
        deprecation,
        locations: locations.map((location) => ({
            id: location.id,
            name: location.name,
            deprecation: deprecationIn(type, location.name),
            available: isAvailable(moment, type, location.name),
            recommended: deprecationIn(type, location.name) === null,
        })),
    };
}

export function imageView({ settings }: Pick<Context, "settings">, image: Image) {
    const { id, name, description, os_flavor, os_version, architecture, created, deprecated } = image;
    return {
        id,
        type: "system",
        status: "available",
        name,
        description,
        image_size: null,
        disk_size: 5,
        created,
        created_from: null,
        bound_to: null,
        os_flavor,
        os_version,
        architecture,
        rapid_deploy: true,
        protection: { delete: false },
        ...(has(settings, "noDeprecatedField") ? {} : { deprecated }),
        deleted: null,
        labels: {},
    };
}

export function storedImageView({ settings }: Pick<Context, "settings">, image: StoredImage, base: Image) {
    const { id, type, status, description, diskSize, created, createdFrom, boundTo, protection, labels } = image;
    return {
        id,
        type,
        status,
        name: null,
        description,
        image_size: status === "available" ? 1.5 : null,
        disk_size: diskSize,
        created,
        created_from: createdFrom,
        bound_to: boundTo,
        os_flavor: base.os_flavor,
        os_version: base.os_version,
        architecture: base.architecture,
        rapid_deploy: false,
        protection,
        ...(has(settings, "noDeprecatedField") ? {} : { deprecated: null }),
        deleted: null,
        labels,
    };
}

/** hcloud-go panics if there are fewer floating than primary IP types, so both have both. */
export function pricingView() {
    const monthly = (net: number) => LOCATIONS.map(({ name }) => ({ location: name, price_monthly: price(net) }));
    const primary = (hourly: number) =>
        monthly(hourly * HOURS_PER_MONTH).map((entry) => ({ ...entry, price_hourly: price(hourly) }));
    return {
        currency: "EUR",
        vat_rate: VAT_PERCENT.toFixed(6),
        primary_ips: [
            { type: "ipv4", prices: primary(0.0008) },
            { type: "ipv6", prices: primary(0) },
        ],
        floating_ips: [
            { type: "ipv4", prices: monthly(3) },
            { type: "ipv6", prices: monthly(1) },
        ],
        floating_ip: { price_monthly: price(3) },
        image: { price_per_gb_month: price(0.011) },
        volume: { price_per_gb_month: price(0.044) },
        server_backup: { percentage: "20.0000000000" },
        server_types: SERVER_TYPES.map((type) => ({ id: type.id, name: type.name, prices: typePrices(type) })),
        load_balancer_types: [],
    };
}
