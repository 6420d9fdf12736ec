/** Tells of changes in folders as soon as the system does; what it misses the next look finds. */
import { type FSWatcher, watch } from "node:fs";

/** The system gives a limited number of watches to all processes of a user. */
const mostWatches = 512;

export class Notice {
  readonly #changed: () => void;
  readonly #watchers = new Map<string, FSWatcher>();

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Watches exactly these folders. */
  folders(folders: readonly string[]): void {
    const wanted = new Set(folders.slice(0, mostWatches));
    for (const [folder, watcher] of this.#watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of wanted) {
      if (this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#changed());
        watcher.on("error", () => {
          watcher.close();
          this.#watchers.delete(folder);
          this.#changed();
        });
        this.#watchers.set(folder, watcher);
      } catch {
        // It is gone, or there are no watches left: looking finds its changes.
      }
    }
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }
}
