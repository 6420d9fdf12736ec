/**
 * A folder of messages. `new/` is what waits, `working/OWNER/` what a host has claimed by renaming it there, `failed/` what was
 * given up. A message leaves `working/` only after the handler answered; a rename gives it to one host alone.
 */
import { randomBytes } from "node:crypto";
import { type Stats } from "node:fs";
import { lstat, mkdir, open, readdir, rename, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { isAbsent, readJson, removeIfEmpty, writeJson } from "../state/files.ts";
import { attributesSuffix, isMessage } from "./message.ts";
import { moveBeside, moveExclusive, stands } from "./moves.ts";
import { otherName, shortOf } from "./names.ts";

/** What is known of a message that was delivered before. */
export interface History {
  /** Deliveries that failed. */
  readonly failures: number;
  /** Not to be delivered before; milliseconds since the epoch. */
  readonly notBefore: number;
  /** Its first name, where it had to be given another. */
  readonly id?: string;
}

export interface Waiting {
  readonly name: string;
  readonly stat: Stats;
  readonly history: History | undefined;
}

const attemptsFolder = ".attempts";

export class Mailbox {
  readonly folder: string;
  readonly fresh: string;
  readonly failed: string;
  readonly #mine: string;
  /** What stands in `working/`: another message of the name has to wait. */
  readonly #held = new Set<string>();

  constructor(folder: string, owner: string) {
    this.folder = folder;
    this.fresh = join(folder, "new");
    this.failed = join(folder, "failed");
    this.#mine = join(folder, "working", owner);
  }

  async make(): Promise<void> {
    for (const folder of [this.fresh, this.#mine, this.failed]) await mkdir(folder, { recursive: true });
  }

  /** What waits, by name: at most so many that are due. */
  async waiting(most = Infinity): Promise<Waiting[]> {
    const names = (await readdir(this.fresh)).filter(isMessage).sort();
    const known = new Set(await namesIn(join(this.folder, attemptsFolder)));
    const found: Waiting[] = [];
    const now = Date.now();
    let due = 0;
    for (const name of names) {
      if (due >= most) break;
      if (this.#held.has(name)) continue;
      const stat = await lstat(join(this.fresh, name)).catch(() => undefined);
      if (stat?.isFile() !== true) continue;
      const history = known.has(historyName(name)) ? await this.history(name) : undefined;
      found.push({ name, stat, history });
      if ((history?.notBefore ?? 0) <= now) due++;
    }
    return found;
  }

  /** Where a claimed message stands. */
  file(name: string): string {
    return join(this.#mine, name);
  }

  /** Makes it ours; false when another host was first, or we hold another message of the name. */
  async claim(name: string): Promise<boolean> {
    if (this.#held.has(name)) return false;
    try {
      await rename(join(this.fresh, name), this.file(name));
    } catch (cause) {
      if (isAbsent(cause)) return false;
      throw cause;
    }
    this.#held.add(name);
    await rename(join(this.fresh, name + attributesSuffix), this.file(name) + attributesSuffix).catch(() => undefined);
    return true;
  }

  /** It was handled. */
  async done(name: string): Promise<void> {
    await rm(this.file(name), { force: true });
    await this.#forget(name);
  }

  /** Back to what waits, with what is known of it. */
  async giveBack(name: string, history: History | undefined): Promise<void> {
    let target = name;
    let known = history;
    for (;;) {
      if (known !== undefined) await writeJson(this.#historyFile(target), known);
      if (await this.#moveTo(name, join(this.fresh, target))) break;
      // Another message with the name was dropped meanwhile.
      if (known !== undefined) await rm(this.#historyFile(target), { force: true });
      target = otherName(name, randomBytes(4).toString("hex"));
      known = { failures: 0, notBefore: 0, ...history, id: history?.id ?? name };
    }
    if (target !== name) await rm(this.#historyFile(name), { force: true });
    this.#held.delete(name);
  }

  /** Given up: to `failed/`, with the reason beside it, or as a new message to another folder. */
  async giveUp(name: string, to: string | null, report: object): Promise<string> {
    const folder = to === null ? this.failed : join(to, "new");
    await mkdir(folder, { recursive: true });
    for (let n = 0; ; n++) {
      const target = n === 0 ? name : otherName(name, String(n));
      const file = join(folder, target);
      if (await stands(file)) continue;
      if (to === null) await writeJson(join(folder, `${shortOf(target)}.failure.json`), report);
      if (await this.#moveTo(name, file)) {
        await this.#forget(name);
        return file;
      }
    }
  }

  /** With its attributes; false when a message of the name, or the attributes of one to come, stand there. */
  async #moveTo(name: string, target: string): Promise<boolean> {
    if ((await stands(target)) || (await stands(target + attributesSuffix))) return false;
    const beside = await moveBeside(this.file(name) + attributesSuffix, target + attributesSuffix);
    if (await moveExclusive(this.file(name), target)) return true;
    if (beside) await moveBeside(target + attributesSuffix, this.file(name) + attributesSuffix);
    return false;
  }

  /** What a host of ours left when it was killed. Each counts as delivered once more. */
  async recover(): Promise<string[]> {
    const names = await namesIn(this.#mine);
    const back = names.filter(isMessage);
    for (const name of back) {
      const { failures = 0, id } = (await this.history(name)) ?? {};
      await this.giveBack(name, { failures: failures + 1, notBefore: 0, ...(id === undefined ? {} : { id }) });
    }
    for (const name of names) if (!isMessage(name)) await rm(this.file(name), { force: true });
    return back;
  }

  /** Gives back what we hold and removes what we made, where nothing is in it. */
  async leave(): Promise<void> {
    await this.recover();
    await removeIfEmpty(this.#mine);
    await removeIfEmpty(join(this.folder, "working"));
    await removeIfEmpty(this.failed);
    await removeIfEmpty(join(this.folder, attemptsFolder));
    await removeIfEmpty(this.fresh);
  }

  history(name: string): Promise<History | undefined> {
    return readJson<History>(this.#historyFile(name));
  }

  async #forget(name: string): Promise<void> {
    await rm(this.file(name) + attributesSuffix, { force: true }).catch(unlessAbsent);
    await rm(this.#historyFile(name), { force: true });
    this.#held.delete(name);
  }

  #historyFile(name: string): string {
    return join(this.folder, attemptsFolder, historyName(name));
  }
}

function historyName(name: string): string {
  return `${shortOf(name)}.json`;
}

/** Puts a message into a folder's `new/`, whole or not at all; false when one of the name waits there already. */
export async function drop(folder: string, name: string, body: Uint8Array, sidecar?: object): Promise<boolean> {
  const fresh = join(folder, "new");
  await mkdir(fresh, { recursive: true });
  const partial = join(fresh, `.${shortOf(name)}.${randomBytes(6).toString("hex")}.partial`);
  const handle = await open(partial, "wx");
  try {
    await handle.writeFile(body);
    await handle.sync();
    // It is whole: nobody need wait to see whether it still grows.
    const past = new Date(Date.now() - 60_000);
    await handle.utimes(past, past);
  } finally {
    await handle.close();
  }
  if (await stands(join(fresh, name))) {
    await unlink(partial);
    return false;
  }
  if (sidecar !== undefined) await writeJson(join(fresh, name + attributesSuffix), sidecar);
  return moveExclusive(partial, join(fresh, name), true);
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = await readdir(folder).catch(() => []);
  return names.sort();
}

/** A name that is too long for its attributes has none. */
function unlessAbsent(cause: unknown): void {
  if (!isAbsent(cause)) throw cause;
}
