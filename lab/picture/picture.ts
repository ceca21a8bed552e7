/** The elements that a drill's report colours, so that the picture needs no page around it. */
const DRAWING = /<svg [^]*<\/svg>/;
const STYLE = /<style>([^]*?)<\/style>/;
const VIEW = /viewBox="0 0 (\d+) (\d+)"/;
const MARGIN = 16;

/**
 * The timeline of a drill's report as a separate file for a README, with the report's colours and a background, because
 * the page may be light although the reader's system is dark.
 *
 * @param report The file that `npx failover drill --report FILE` wrote.
 * @throws Error if the text has no timeline.
 */
export function picture(report: string): string {
    const [drawing] = DRAWING.exec(report) ?? [];
    const [, style] = STYLE.exec(report) ?? [];
    const [, width, height] = VIEW.exec(drawing ?? "") ?? [];
    if (drawing === undefined || style === undefined || height === undefined) {
        throw new Error(
            "there is no timeline in this file: give the report that `npx failover drill --report FILE` wrote",
        );
    }
    const inside = drawing.replace(/^<svg [^>]*>/, "").replace(/<\/svg>$/, "");
    const [wide, high] = [Number(width) + 2 * MARGIN, Number(height) + 2 * MARGIN];
    return [
        `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${wide} ${high}" width="${wide}" height="${high}">`,
        `<style>${drawingRules(style)}\n.back { fill: var(--back); }</style>`,
        `<rect class="back" width="${wide}" height="${high}" rx="6"/>`,
        `<g transform="translate(${MARGIN} ${MARGIN})">`,
        inside,
        "</g>",
        "</svg>",
        "",
    ].join("\n");
}

/** The rules for the colours and the drawing, without those for the page's text. */
function drawingRules(style: string): string {
    const lines = style.trim().split("\n");
    return lines.filter((line) => /^(:root|@media|svg )/.test(line)).join("\n");
}
