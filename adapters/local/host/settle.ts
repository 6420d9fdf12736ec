/** Which files are whole: a file counts once nothing about it has changed for a moment. */

/** How long a file must have been as it is, milliseconds. */
export const settleMs = 200;

export interface FileStat {
  readonly size: number;
  readonly mtimeMs: number;
}

/** Editors, browsers and copying programs write under such names first. */
export function isTemporary(name: string): boolean {
  return name.startsWith(".") || /(~|\.(tmp|temp|part|partial|crdownload|swp|swx))$/i.test(name);
}

export class Settling {
  readonly #since = new Map<string, FileStat & { readonly at: number }>();

  /** Milliseconds until the file is taken as whole; 0 when it is. `now` is a moment before the file was looked at. */
  left(name: string, { size, mtimeMs }: FileStat, now: number): number {
    const age = now - mtimeMs;
    if (age >= settleMs) return 0;
    const before = this.#since.get(name);
    // A clock that is ahead: what counts then is how long it has been seen unchanged.
    if (before !== undefined && before.size === size && before.mtimeMs === mtimeMs)
      return Math.max(0, before.at + settleMs - now);
    this.#since.set(name, { size, mtimeMs, at: now });
    return settleMs;
  }

  /** Keeps what is still there. */
  keep(names: ReadonlySet<string>): void {
    for (const name of this.#since.keys()) if (!names.has(name)) this.#since.delete(name);
  }

  forget(name: string): void {
    this.#since.delete(name);
  }
}
