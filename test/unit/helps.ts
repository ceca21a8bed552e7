/**
 * Prints as JSON what each of these programs prints with --help: `node … helps.ts FILE…`. One process starts them one
 * after the other, as most of the time of a start goes into the packages that they share.
 */
import Module from "module";

const load = (Module as unknown as { _load: (file: string, parent: null, isMain: boolean) => unknown })._load;
const ENDED = new Error("it has ended");

function helpOf(file: string): string {
    const lines: string[] = [];
    process.argv = [process.execPath, file, "--help"];
    const { log } = console;
    console.log = (line: string) => lines.push(line);
    try {
        load(file, null, true);
    } catch (error) {
        if (error !== ENDED) {
            throw error;
        }
    } finally {
        console.log = log;
    }
    return lines.join("\n");
}

const exit = process.exit.bind(process);
process.exit = () => {
    throw ENDED;
};
process.on("unhandledRejection", (error) => {
    if (error !== ENDED) {
        console.error(error);
        exit(1);
    }
});
const texts = process.argv.slice(2).map((file) => [file, helpOf(file)]);
console.log(JSON.stringify(Object.fromEntries(texts)));
