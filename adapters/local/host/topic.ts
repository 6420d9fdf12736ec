/** A topic: every message goes to every subscriber, which has a folder of its own and takes from it as from a queue. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf } from "fnpkg/adapter";
import { copyToAll } from "./copies.ts";
import { type History, Mailbox } from "./mailbox.ts";
import { readSidecar, type Sidecar } from "./message.ts";
import { Notice } from "./notice.ts";
import { QueueSource } from "./queue.ts";
import { Settling } from "./settle.ts";
import { Bell, type Source, type SourceContext } from "./source.ts";

export interface TopicOptions {
  readonly folder: string;
  readonly attempts: number;
  readonly deadLetter: string | null;
  /** Attribute -> values, one of which it must have. */
  readonly filter: { readonly [attribute: string]: readonly string[] };
}

const lookMs = 1000;

export class TopicSource implements Source {
  readonly #cx: SourceContext;
  readonly #folder: string;
  readonly #box: Mailbox;
  readonly #queue: QueueSource;
  readonly #bell = new Bell();
  readonly #notice = new Notice(() => this.#bell.ring());
  readonly #settling = new Settling();
  #stopped = false;
  #loop: Promise<void> = Promise.resolve();

  private constructor(cx: SourceContext, folder: string, queue: QueueSource) {
    this.#cx = cx;
    this.#folder = folder;
    this.#box = new Mailbox(folder, cx.owner);
    this.#queue = queue;
  }

  static async start(cx: SourceContext, options: TopicOptions): Promise<TopicSource> {
    const { folder, attempts, deadLetter, filter } = options;
    const queue = await QueueSource.start(cx, {
      folder: subscriberFolder(folder, cx.owner),
      bound: folder,
      size: 1,
      windowMs: 0,
      attempts,
      deadLetter,
      maxConcurrency: null,
      ordered: false,
      accepts: (sidecar) => passes(filter, sidecar),
    });
    const source = new TopicSource(cx, folder, queue);
    await source.#box.make();
    await source.#box.recover();
    source.#loop = source.#run();
    return source;
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    this.#bell.ring();
    this.#notice.close();
    await this.#loop;
    await this.#queue.stop(graceMs);
  }

  async #run(): Promise<void> {
    let broken = false;
    while (!this.#stopped) {
      let pause = lookMs;
      try {
        this.#notice.folders([this.#box.fresh]);
        pause = await this.#fanOut();
        broken = false;
      } catch (cause) {
        if (!broken)
          this.#cx.log.error(`the folder ${this.#folder} can't be used: ${reasonOf(cause)}`, {
            code: "E_IO",
            trigger: this.#cx.trigger,
          });
        broken = true;
        await this.#box.make().catch(() => undefined);
      }
      await this.#bell.wait(pause);
    }
  }

  async #fanOut(): Promise<number> {
    const now = Date.now();
    const waiting = await this.#box.waiting();
    this.#settling.keep(new Set(waiting.map(({ name }) => name)));
    let pause = lookMs;
    for (const { name, stat, history } of waiting) {
      if (this.#stopped) return 0;
      const left = this.#settling.left(name, stat, now);
      if (left > 0) pause = Math.min(pause, left);
      else if (await this.#box.claim(name)) await this.#copy(name, history);
    }
    return pause;
  }

  /** A copy to each; only then it leaves `working/`. Killed in between, those that had theirs may get another. */
  async #copy(name: string, history: History | undefined): Promise<void> {
    const file = this.#box.file(name);
    const id = history?.id ?? name;
    try {
      const [body, sidecar] = [await readFile(file), await readSidecar(file)];
      await copyToAll(join(this.#folder, "subscribers"), id, body, sidecar);
    } catch (cause) {
      if (!(cause instanceof SyntaxError || cause instanceof TypeError)) {
        // The disk may have space again when it is looked at next.
        await this.#box.giveBack(name, history);
        throw cause;
      }
      const report = { time: new Date().toISOString(), trigger: this.#cx.trigger, id, code: "E_EVENT", reason: reasonOf(cause) };
      const target = await this.#box.giveUp(name, null, report);
      this.#cx.log.error(`the message ${id} was given up: ${report.reason}`, {
        code: "E_EVENT",
        event: "message.failed",
        trigger: this.#cx.trigger,
        id,
        file: target,
      });
      return;
    }
    await this.#box.done(name);
  }
}

export function subscriberFolder(folder: string, owner: string): string {
  return join(folder, "subscribers", owner);
}

function passes(filter: TopicOptions["filter"], { attributes = {} }: Sidecar): boolean {
  return Object.entries(filter).every(
    ([name, values]) => Object.hasOwn(attributes, name) && values.includes(String(attributes[name])),
  );
}
