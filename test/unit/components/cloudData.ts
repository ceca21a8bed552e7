import type { Offer, Standing } from "../../../components/lookups";

const at = (name: string, more: Partial<Offer["locations"][number]> = {}) => ({
    name,
    available: true,
    unavailableAfter: "",
    ...more,
});

/** A small catalogue with a type for each reason of a refusal. */
export const OFFERS: Offer[] = [
    { name: "cx23", architecture: "x86", disk: 40, locations: [at("nbg1"), at("fsn1"), at("hel1")] },
    { name: "cx33", architecture: "x86", disk: 80, locations: [at("nbg1"), at("fsn1", { available: false })] },
    {
        name: "cx22",
        architecture: "x86",
        disk: 40,
        locations: [at("nbg1", { unavailableAfter: "2025-12-31T23:59:59Z" })],
    },
    {
        name: "cx43",
        architecture: "x86",
        disk: 160,
        locations: [at("nbg1", { unavailableAfter: "2027-06-01T00:00:00Z" })],
    },
    { name: "cax11", architecture: "arm", disk: 40, locations: [at("nbg1"), at("fsn1")] },
    { name: "ccx13", architecture: "x86", disk: 80, locations: [at("nbg1"), at("ash")] },
];

/** The servers of the pair "web" with its defaults. */
export function servers(first: Partial<Standing> = {}, second: Partial<Standing> = {}): Standing[] {
    const common = { serverType: "cx23", image: "debian-12", status: "running", primaryDiskSize: 40 };
    return [
        { ...common, id: 11, name: "web0", location: "nbg1", ...first },
        { ...common, id: 12, name: "web1", location: "fsn1", ...second },
    ];
}
