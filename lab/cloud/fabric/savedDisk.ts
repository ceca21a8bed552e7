/** The folder of a server's disk, in which a copied server has a link to the changes of the saved one. */
import * as fs from "fs";
import * as path from "path";

interface Base {
    /** The folder of the image. */
    folder: string;
    /** Tell the folder from a later one of that name: a layer fits one image only. */
    inode: number;
    born: number;
}

/** Tells an image from a later one in the same folder. */
export function baseOf(folder: string): Base {
    const { ino, birthtimeMs } = fs.statSync(folder);
    return { folder, inode: ino, born: birthtimeMs };
}

const baseFile = (dir: string) => path.join(dir, "base.json");
const savedLink = (dir: string) => path.join(dir, "saved");

/** Notes on which image the changes of a server lie. */
export function writeBase(dir: string, image: string): void {
    fs.writeFileSync(baseFile(dir), JSON.stringify(baseOf(image)));
}

function readBase(dir: string): Base {
    return JSON.parse(fs.readFileSync(baseFile(dir), "utf8")) as Base;
}

/** What lies below the changes of a copied server, for the overlay: the uppermost layer first. */
export function layersOf(dir: string): string {
    return `${fs.realpathSync(savedLink(dir))}:${readBase(dir).folder}`;
}

/** Whether the disk in this folder lies on the changes of a saved server. */
export function isCopy(dir: string): boolean {
    return fs.existsSync(savedLink(dir));
}

/**
 * Lets the disk that will be created in `dir` go on from an unmounted one, which is only read.
 *
 * @throws Error if the image of that disk is not there any more.
 */
export function layOnSaved(saved: string, dir: string): void {
    const base = readBase(saved);
    if (!fs.existsSync(base.folder) || JSON.stringify(baseOf(base.folder)) !== JSON.stringify(base)) {
        throw new Error(`${saved} is without its image, ${base.folder}, which was removed or built again: save anew`);
    }
    fs.mkdirSync(dir, { recursive: true });
    fs.copyFileSync(baseFile(saved), baseFile(dir));
    fs.symlinkSync(path.join(saved, "upper"), savedLink(dir));
}
