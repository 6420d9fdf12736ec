/** A watched folder as object storage: files that appear, change or go become events. */
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { reasonOf } from "fnpkg/adapter";
import { type CloudEvent, eventToJson, objectCreated, objectDeleted } from "fnpkg/runtime";
import { deliver } from "./deliver.ts";
import { Journal } from "./journal.ts";
import { drop } from "./mailbox.ts";
import { Notice } from "./notice.ts";
import { Unavailable } from "./pool.ts";
import { type Found, scan } from "./scan.ts";
import { Settling } from "./settle.ts";
import { backoffMs, Bell, settled, type Source, type SourceContext, unavailableMs, stopper } from "./source.ts";

export interface ObjectsOptions {
  readonly folder: string;
  readonly events: readonly ("created" | "deleted")[];
  readonly filter: { readonly prefix: string; readonly suffix: string };
  readonly attempts: number;
  readonly deadLetter: string | null;
}

interface Change {
  readonly key: string;
  /** `null`: it is gone. */
  readonly found: Found | null;
}

const lookMs = 1000;
/** Looking may take this share of the time at most. */
const restFactor = 20;
/** The next look after the system told of a change: it tells of many at once. */
const burstMs = 30;

export class ObjectsSource implements Source {
  readonly #cx: SourceContext;
  readonly #options: ObjectsOptions;
  readonly #journal: Journal;
  readonly #bell = new Bell();
  readonly #notice = new Notice(() => this.#bell.ring());
  readonly #settling = new Settling();
  /** Keys whose event is being delivered. */
  readonly #running = new Map<string, Promise<void>>();
  readonly #notBefore = new Map<string, number>();
  readonly #stopping = stopper();
  #loop: Promise<void> = Promise.resolve();

  private constructor(cx: SourceContext, options: ObjectsOptions, journal: Journal) {
    this.#cx = cx;
    this.#options = options;
    this.#journal = journal;
  }

  /** Once it answers, every file that appears from then on is an event. */
  static async start(cx: SourceContext, options: ObjectsOptions): Promise<ObjectsSource> {
    await mkdir(options.folder, { recursive: true });
    await mkdir(cx.seen, { recursive: true });
    const journal = await Journal.open(
      join(cx.seen, `${cx.trigger}.objects.jsonl`),
      options.folder,
      async () => (await scan(options.folder)).files,
    );
    const source = new ObjectsSource(cx, options, journal);
    source.#loop = source.#run();
    return source;
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    this.#bell.ring();
    this.#notice.close();
    await this.#loop;
    await settled(this.#running.values(), graceMs);
    await this.#journal.close();
  }

  async #run(): Promise<void> {
    let broken = false;
    while (!this.#stopping.signal.aborted) {
      let pause = lookMs;
      const began = Date.now();
      try {
        pause = await this.#look();
        broken = false;
      } catch (cause) {
        if (!broken)
          this.#cx.log.error(`the folder ${this.#options.folder} can't be read: ${reasonOf(cause)}`, {
            code: "E_IO",
            trigger: this.#cx.trigger,
          });
        broken = true;
      }
      await this.#bell.wait(Math.max(pause, (Date.now() - began) * restFactor));
      if (!this.#stopping.signal.aborted) await new Promise((resolve) => setTimeout(resolve, burstMs));
    }
  }

  /** Begins what can begin; answers how long there is nothing to do. */
  async #look(): Promise<number> {
    const { files, folders } = await scan(this.#options.folder);
    this.#notice.folders(folders);
    this.#settling.keep(new Set(files.keys()));
    const { seen } = this.#journal;
    let pause = lookMs;
    const changes: Change[] = [];
    for (const [key, found] of files) {
      const before = seen.get(key);
      if (before?.size === found.size && before.mtimeMs === found.mtimeMs) continue;
      const left = this.#settling.left(key, found);
      if (left > 0) pause = Math.min(pause, left);
      else changes.push({ key, found });
    }
    for (const key of seen.keys()) if (!files.has(key)) changes.push({ key, found: null });
    for (const change of changes) {
      const left = (this.#notBefore.get(change.key) ?? 0) - Date.now();
      if (left > 0) pause = Math.min(pause, left);
      else if (!this.#running.has(change.key) && this.#running.size < 2 * this.#cx.runner.pool.capacity) this.#begin(change);
    }
    return pause;
  }

  #begin(change: Change): void {
    const { key } = change;
    const work = this.#handle(change)
      .catch((cause: unknown) => {
        this.#notBefore.set(key, Date.now() + unavailableMs);
        if (!(cause instanceof Unavailable))
          this.#cx.log.error(`what was done for ${key} can't be kept: ${reasonOf(cause)}`, {
            code: "E_IO",
            trigger: this.#cx.trigger,
          });
      })
      .finally(() => {
        this.#running.delete(key);
        this.#bell.ring();
      });
    this.#running.set(key, work);
  }

  async #handle({ key, found }: Change): Promise<void> {
    const { events, filter, attempts } = this.#options;
    const kind = found === null ? "deleted" : "created";
    const before = this.#journal.seen.get(key);
    if (!events.includes(kind) || !key.startsWith(filter.prefix) || !key.endsWith(filter.suffix)) {
      return this.#journal.handled(key, found);
    }
    const etag = etagOf(found ?? before);
    const id = createHash("sha256").update(`${kind}\0${key}\0${etag}`).digest("hex").slice(0, 32);
    const known = this.#journal.failures.get(key);
    const failures = known?.id === id ? known.count : 0;
    const event = this.#event(key, found, etag, id, failures + 1);
    const { runner, batch } = this.#cx;
    const [failure] = await deliver(runner, [event], { batch, ordered: false, signal: this.#stopping.signal });
    this.#notBefore.delete(key);
    if (failure === undefined) return this.#journal.handled(key, found);
    if (failures < attempts) {
      this.#notBefore.set(key, Date.now() + backoffMs(failures + 1));
      return this.#journal.failed(key, id, failures + 1);
    }
    await this.#giveUp(event, failures + 1, failure.reason);
    await this.#journal.handled(key, found);
  }

  #event(key: string, found: Found | null, etag: string, id: string, attempt: number): CloudEvent {
    const { folder } = this.#options;
    const origin = {
      function: this.#cx.function,
      trigger: this.#cx.trigger,
      vendorSource: pathToFileURL(folder).href,
      id,
      deliveryAttempt: attempt,
      container: folder,
      key,
      etag,
    };
    return found === null
      ? objectDeleted(origin)
      : objectCreated({ ...origin, time: Math.floor(found.mtimeMs), size: found.size });
  }

  async #giveUp(event: CloudEvent, failures: number, reason: string): Promise<void> {
    const { log, trigger } = this.#cx;
    const { deadLetter } = this.#options;
    const name = `${event.id}.ce.json`;
    if (deadLetter !== null) await drop(deadLetter, name, Buffer.from(JSON.stringify(eventToJson(event))));
    log.error(`the event of ${event.subject ?? ""} was given up: ${reason}`, {
      code: "E_HANDLER",
      event: "event.failed",
      trigger,
      id: event.id,
      deliveries: failures,
      ...(deadLetter === null ? {} : { file: join(deadLetter, "new", name) }),
    });
  }
}

/** Size and time of change, as web servers make it. */
function etagOf(found: Found | undefined): string {
  return found === undefined ? "" : `${found.size.toString(16)}-${Math.round(found.mtimeMs * 1000).toString(16)}`;
}
