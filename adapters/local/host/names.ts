/** Names of files that stand beside a message; a file system takes 255 bytes of a name at most. */
import { createHash } from "node:crypto";

/** Leaves space for every ending that is put behind a name. */
const longest = 180;
const ending = /(?:\.ce)?\.[^.]{1,20}$/;

/** The name, or where it is long its beginning and a digest of the whole. */
export function shortOf(name: string): string {
  if (Buffer.byteLength(name) <= longest) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 16);
  return `${cut(name, longest - digest.length - 1)}~${digest}`;
}

/** Another name, with the same ending: the content type follows it. */
export function otherName(name: string, distinction: string): string {
  const kept = ending.exec(name)?.[0] ?? "";
  return `${shortOf(name.slice(0, name.length - kept.length))}.${distinction}${kept}`;
}

function cut(text: string, bytes: number): string {
  let used = 0;
  let short = "";
  for (const char of text) {
    used += Buffer.byteLength(char);
    if (used > bytes) break;
    short += char;
  }
  return short;
}
