/** What is in a watched folder. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { isAbsent } from "../state/files.ts";
import { isTemporary } from "./settle.ts";

export interface Found {
  readonly size: number;
  readonly mtimeMs: number;
}

export interface Scan {
  /** By key: the path below the folder, with `/`. */
  readonly files: ReadonlyMap<string, Found>;
  readonly folders: readonly string[];
}

/** Regular files; hidden and temporary ones, and links, do not count. @throws when the folder itself can't be read */
export async function scan(root: string): Promise<Scan> {
  const files = new Map<string, Found>();
  const folders: string[] = [];
  const visit = async (prefix: string): Promise<void> => {
    const folder = join(root, prefix);
    let entries;
    try {
      entries = await readdir(folder, { withFileTypes: true });
    } catch (cause) {
      if (prefix !== "" && isAbsent(cause)) return;
      throw cause;
    }
    folders.push(folder);
    for (const entry of entries) {
      if (isTemporary(entry.name)) continue;
      const key = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory()) await visit(key);
      else if (entry.isFile()) {
        const stat = await lstat(join(root, key)).catch(() => undefined);
        if (stat?.isFile() === true) files.set(key, { size: stat.size, mtimeMs: stat.mtimeMs });
      }
    }
  };
  await visit("");
  return { files, folders };
}
