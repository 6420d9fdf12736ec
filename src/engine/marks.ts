/** How an adapter writes whose a thing is where the vendor has tags, or only a line of text. */
import type { Mark } from "../contract.ts";
import { digestOf } from "../json.ts";

/** Which tags are ours, since others may tag the same thing: six characters a key, so that those of 42 keys fit into 256. */
export function keyPrints(keys: readonly string[]): string {
  return keys.map(keyPrint).sort().join("");
}

/** Whether `prints`, as `keyPrints` made it, holds the key. */
export function isOurKey(key: string, prints: string): boolean {
  return prints.match(/.{6}/g)?.some((print) => print === keyPrint(key)) === true;
}

function keyPrint(key: string): string {
  return digestOf(key).slice("sha256:".length, "sha256:".length + 6);
}

/** A mark in one line, for things without tags. */
export function markText({ deployment, package: name, resource }: Mark): string {
  return `fnpkg:${deployment}:${name}:${resource}`;
}

/** The mark in a line that `markText` made; `null` in any other. */
export function readMark(text: string | undefined): Mark | null {
  const found = /^fnpkg:([^:\s]+):([^:\s]+):([^:\s]+)$/.exec(text ?? "");
  return found === null ? null : { deployment: found[1] ?? "", package: found[2] ?? "", resource: found[3] ?? "" };
}
