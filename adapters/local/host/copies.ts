/** Copies of a topic's message into the folders of its subscribers. */
import { randomBytes } from "node:crypto";
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isAbsent } from "../state/files.ts";
import { drop } from "./mailbox.ts";
import { readSidecar, type Sidecar } from "./message.ts";
import { otherName } from "./names.ts";

/** A copy into each subscriber's folder. A subscriber that has this very message waiting gets no second one. */
export async function copyToAll(subscribers: string, name: string, body: Buffer, sidecar: Sidecar): Promise<void> {
  for (const subscriber of await readdir(subscribers)) {
    const folder = join(subscribers, subscriber);
    const stat = await lstat(folder).catch(() => undefined);
    if (stat?.isDirectory() === true) await copyTo(folder, name, body, sidecar);
  }
}

async function copyTo(folder: string, name: string, body: Buffer, sidecar: Sidecar): Promise<void> {
  const beside = Object.keys(sidecar).length === 0 ? undefined : sidecar;
  let target = name;
  while (!(await drop(folder, target, body, beside))) {
    const state = await compare(join(folder, "new", target), body, sidecar);
    if (state === "same") return;
    // Another message of the name waits; both have to come.
    if (state === "other") target = otherName(name, randomBytes(4).toString("hex"));
  }
}

async function compare(file: string, body: Buffer, sidecar: Sidecar): Promise<"same" | "other" | "gone"> {
  try {
    const same = body.equals(await readFile(file)) && JSON.stringify(await readSidecar(file)) === JSON.stringify(sidecar);
    return same ? "same" : "other";
  } catch (cause) {
    return isAbsent(cause) ? "gone" : "other";
  }
}
