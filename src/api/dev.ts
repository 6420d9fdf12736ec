/** The development loop: pack, run on this machine, and again on every change. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Receipt } from "../engine/index.ts";
import { type FnpkgError, wrap } from "../errors.ts";
import { deploy } from "./deploy.ts";
import { destroy } from "./destroy.ts";
import type { ConfigOptions } from "./options.ts";
import { pack } from "./package.ts";
import { status } from "./status.ts";
import { watched } from "./watch.ts";

export interface DevOptions extends ConfigOptions {
  /** The author's folder. */
  readonly folder: string;
  /** Ends the loop. */
  readonly signal: AbortSignal;
  /** Let plain values fill variables that the package marks secret; default false. */
  readonly allowPlaintextSecret?: boolean;
  readonly onEvent: (event: DevEvent) => void;
}

export type DevEvent =
  | { readonly event: "ready"; readonly receipt: Receipt; readonly ms: number }
  | { readonly event: "failed"; readonly error: FnpkgError }
  | { readonly event: "change"; readonly path: string };

const target = "local";

/**
 * Runs until `signal`; a round that fails leaves the last good one running. What the loop deployed is destroyed at its end,
 * unless it was there before. The folder is watched, and the configuration where it is a file.
 * @throws E_NOT_FOUND, E_IO when folder or configuration are not there at the start; what goes wrong later is an event
 */
export async function dev(options: DevOptions): Promise<void> {
  const { folder, signal, onEvent, ...config } = options;
  const changes = watched(folder, {
    signal,
    ...(typeof config.config === "string" ? { file: config.config } : {}),
    outside: await dataFolder(config),
  });
  let temporary: string | undefined;
  let before: boolean | undefined;
  let ready = false;
  try {
    temporary = await mkdtemp(join(tmpdir(), "fnpkg-dev-"));
    for (;;) {
      const started = performance.now();
      try {
        before ??= (await status({ ...config, target })).state !== "absent";
        const { file } = await pack({ folder, out: join(temporary, "dev.fnpkg"), signal });
        const receipt = await deploy({ ...config, package: file, target, signal });
        ready = true;
        onEvent({ event: "ready", receipt, ms: performance.now() - started });
      } catch (cause) {
        if (signal.aborted) break;
        const error = wrap(cause, "E_INTERNAL", "the round failed");
        // What is not there at the start is a slip of the call, not of an edit.
        if (!ready && error.exit === 2) throw error;
        onEvent({ event: "failed", error });
      }
      const path = await changes.next();
      if (path === undefined) break;
      onEvent({ event: "change", path });
    }
  } finally {
    changes.close();
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    if (before === false) await destroy({ ...config, target });
  }
}

/** Where the loop's own deployment writes: what changes there is no edit. */
async function dataFolder(config: ConfigOptions): Promise<string | undefined> {
  const { locate } = await import("./locate.ts");
  const where = await locate({ ...config, target }).then(
    ({ where }) => where,
    () => undefined,
  );
  const section: unknown = where?.section;
  if (where === undefined || typeof section !== "object" || section === null || !("dataDir" in section)) return undefined;
  return typeof section.dataDir === "string" ? resolve(where.base, section.dataDir) : undefined;
}
