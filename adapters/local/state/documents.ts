/** The documents of a deployment, and reading them. */
import { createHmac, randomBytes } from "node:crypto";
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Derivation, Mark } from "fnpkg/adapter";
import type { FunctionProps, TriggerProps } from "../resources.ts";
import { isAbsent, readJson, readText, writeJson, writeWhole } from "./files.ts";
import type { FunctionPaths } from "./paths.ts";
import type { ProcessId } from "./process.ts";

/** `function.json`. `props.sensitive` holds fingerprints. */
export interface FunctionDocument {
  readonly mark: Mark;
  readonly derivation: Derivation | null;
  readonly props: FunctionProps;
  /** Raised with every write. */
  readonly revision: string;
}

/** `triggers/NAME.json`. */
export interface TriggerDocument {
  readonly mark: Mark;
  readonly props: TriggerProps;
  readonly revision: string;
}

/** `host.json`: first of the host that is being started, then, with its port, of the one that serves. */
export interface HostDocument extends ProcessId {
  /** Random; the host answers it, so that nothing else is taken for it. */
  readonly instance: string;
  /** The admin endpoint's port of 127.0.0.1; 0 while it starts. */
  readonly adminPort: number;
  readonly startedAt: string;
  /** The node that runs it. */
  readonly node: string;
}

/** `workers.json`. */
export type WorkersDocument = readonly ProcessId[];

export interface FunctionState {
  readonly document: FunctionDocument;
  /** `next`: it was never deployed to the end. */
  readonly file: "current" | "next";
}

/** What is there: a deployed function, or the trace of a first deploy that did not end. */
export async function readFunction(paths: FunctionPaths): Promise<FunctionState | undefined> {
  const current = await readJson<FunctionDocument>(paths.current);
  if (isDocument(current)) return { document: current, file: "current" };
  const next = await readJson<FunctionDocument>(paths.next);
  return isDocument(next) ? { document: next, file: "next" } : undefined;
}

export async function readTrigger(paths: FunctionPaths, name: string): Promise<TriggerDocument | undefined> {
  const found = await readJson<TriggerDocument>(triggerFile(paths, name));
  return isDocument(found) ? found : undefined;
}

export async function readTriggers(paths: FunctionPaths): Promise<TriggerDocument[]> {
  const names = await list(paths.triggers);
  const documents = await Promise.all(
    names.filter((name) => /^[a-z][a-z0-9-]*\.json$/.test(name)).map((name) => readTrigger(paths, name.slice(0, -5))),
  );
  return documents.filter((document) => document !== undefined);
}

export async function writeTrigger(paths: FunctionPaths, document: Omit<TriggerDocument, "revision">): Promise<TriggerDocument> {
  const whole = { ...document, revision: newRevision() };
  await writeJson(triggerFile(paths, document.props.trigger), whole);
  return whole;
}

export async function removeTrigger(paths: FunctionPaths, name: string): Promise<void> {
  await rm(triggerFile(paths, name), { force: true });
}

/** What was tried becomes what is deployed. */
export async function commitNext(paths: FunctionPaths): Promise<void> {
  await rename(paths.next, paths.current);
}

export function newRevision(): string {
  return randomBytes(8).toString("hex");
}

/** The names in a folder; none when it is not there. */
export async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (cause) {
    if (isAbsent(cause)) return [];
    throw cause;
  }
}

/** The admin endpoint's token: made once, readable by its owner alone. */
export async function tokenOf(paths: FunctionPaths): Promise<string> {
  const found = await readText(paths.token);
  if (found !== undefined && found.length >= 32) return found.trim();
  const made = randomBytes(32).toString("base64url");
  await writeWhole(paths.token, `${made}\n`);
  return made;
}

/** Tells whether a value is still the same, without keeping it. */
export function fingerprint(token: string, name: string, value: string): string {
  return `hmac-sha256:${createHmac("sha256", token).update(name).update("\0").update(value).digest("hex")}`;
}

/** The props as they stand on disk. */
export function withoutValues(props: FunctionProps, token: string): FunctionProps {
  const sensitive = Object.entries(props.sensitive).map(([name, value]) => [name, fingerprint(token, name, value)] as const);
  return { ...props, sensitive: Object.fromEntries(sensitive) };
}

function triggerFile(paths: FunctionPaths, name: string): string {
  return join(paths.triggers, `${name}.json`);
}

function isDocument<T extends { readonly mark: unknown; readonly props: unknown }>(value: T | undefined): value is T {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof value.mark === "object" &&
    value.mark !== null &&
    typeof value.props === "object"
  );
}
