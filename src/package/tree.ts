/** Writes files into a new folder; never through a link, never over something. */
import { constants } from "node:fs";
import { chmod, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

export class TreeWriter {
  readonly #root: string;
  readonly #folders = new Set<string>();
  /** What was written so far. */
  bytes = 0;

  constructor(root: string) {
    this.#root = root;
  }

  /** `path` has passed the path rules. The mode is 0644 or 0755, whatever the umask. */
  async put(path: string, executable: boolean, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    const target = join(this.#root, path);
    const folder = dirname(target);
    if (!this.#folders.has(folder)) await mkdir(folder, { recursive: true });
    this.#folders.add(folder);
    const handle = await open(target, CREATE, 0o644);
    try {
      for await (const chunk of chunks) {
        this.bytes += chunk.byteLength;
        for (let done = 0; done < chunk.byteLength;) done += (await handle.write(chunk, done)).bytesWritten;
      }
    } finally {
      await handle.close();
    }
    if (executable) await chmod(target, 0o755);
  }
}
