/**
 * A folder of messages. `new/` is what waits, `working/OWNER/` what a host has claimed by renaming it there, `failed/` what was
 * given up. A message leaves `working/` only after the handler answered; a rename gives it to one host alone.
 */
import { randomBytes } from "node:crypto";
import { type Stats } from "node:fs";
import { copyFile, link, lstat, mkdir, open, readdir, rename, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, isAbsent, readJson, removeIfEmpty, writeJson } from "../state/files.ts";
import { attributesSuffix, isMessage } from "./message.ts";

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
      const stat = await lstat(join(this.fresh, name)).catch(() => undefined);
      if (stat?.isFile() !== true) continue;
      const history = known.has(`${name}.json`) ? await this.history(name) : undefined;
      found.push({ name, stat, history });
      if ((history?.notBefore ?? 0) <= now) due++;
    }
    return found;
  }

  /** Where a claimed message stands. */
  file(name: string): string {
    return join(this.#mine, name);
  }

  /** Makes it ours; false when another host was first. */
  async claim(name: string): Promise<boolean> {
    try {
      await rename(join(this.fresh, name), this.file(name));
    } catch (cause) {
      if (isAbsent(cause)) return false;
      throw cause;
    }
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
    for (;;) {
      if (history !== undefined)
        await writeJson(this.#historyFile(target), target === name ? history : { ...history, id: history.id ?? name });
      await moveBeside(this.file(name) + attributesSuffix, join(this.fresh, target + attributesSuffix));
      if (await moveExclusive(this.file(name), join(this.fresh, target))) break;
      // Another message with the name was dropped meanwhile.
      const other = `${name}.${randomBytes(4).toString("hex")}`;
      await moveBeside(join(this.fresh, target + attributesSuffix), this.file(name) + attributesSuffix);
      history ??= { failures: 0, notBefore: 0 };
      target = other;
    }
    if (target !== name) await rm(this.#historyFile(name), { force: true });
  }

  /** Given up: to `failed/`, with the reason beside it, or as a new message to another folder. */
  async giveUp(name: string, to: string | null, report: object): Promise<string> {
    const folder = to === null ? this.failed : join(to, "new");
    await mkdir(folder, { recursive: true });
    for (let n = 0; ; n++) {
      const target = join(folder, n === 0 ? name : `${name}.${n}`);
      if ((await lstat(target).catch(() => undefined)) !== undefined) continue;
      if (to === null) await writeJson(`${target}.failure.json`, report);
      await moveBeside(this.file(name) + attributesSuffix, target + attributesSuffix);
      if (await moveExclusive(this.file(name), target)) {
        await this.#forget(name);
        return target;
      }
    }
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
    await rm(this.file(name) + attributesSuffix, { force: true });
    await rm(this.#historyFile(name), { force: true });
  }

  #historyFile(name: string): string {
    return join(this.folder, attemptsFolder, `${name}.json`);
  }
}

/** Puts a message into a folder's `new/`, whole or not at all; false when one of the name waits there already. */
export async function drop(folder: string, name: string, body: Uint8Array, sidecar?: object): Promise<boolean> {
  const fresh = join(folder, "new");
  await mkdir(fresh, { recursive: true });
  const partial = join(fresh, `.${name.slice(0, 100)}.${randomBytes(6).toString("hex")}.partial`);
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
  if (sidecar !== undefined) await writeJson(join(fresh, name + attributesSuffix), sidecar);
  return moveExclusive(partial, join(fresh, name), true);
}

/** Moves without ever overwriting; false when the target is there. */
async function moveExclusive(from: string, to: string, discard = false): Promise<boolean> {
  try {
    await link(from, to);
  } catch (cause) {
    const code = codeOf(cause);
    if (code === "EEXIST") {
      if (discard) await unlink(from);
      return false;
    }
    if (code !== "EXDEV" && code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP") throw cause;
    return copyOver(from, to, discard);
  }
  await unlink(from);
  return true;
}

/** To another file system, or on one without links. */
async function copyOver(from: string, to: string, discard: boolean): Promise<boolean> {
  const partial = join(to, "..", `.${randomBytes(8).toString("hex")}.partial`);
  await copyFile(from, partial);
  const there = await lstat(to).catch(() => undefined);
  if (there !== undefined) {
    await rm(partial, { force: true });
    if (discard) await unlink(from);
    return false;
  }
  await rename(partial, to);
  await unlink(from);
  return true;
}

/** What may be missing, and may be overwritten. */
async function moveBeside(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (cause) {
    if (isAbsent(cause)) return;
    if (codeOf(cause) !== "EXDEV") throw cause;
    await copyFile(from, to);
    await unlink(from);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = await readdir(folder).catch(() => []);
  return names.sort();
}
