/** Starts a host, and stops one. */
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { parse } from "node:path";
import { fileURLToPath } from "node:url";
import { type FailureDocument, FnpkgError, sha256 } from "fnpkg/adapter";
import type { StartRequest } from "../host/requests.ts";
import { machineEnv } from "../host/values.ts";
import type { HostDocument } from "../state/documents.ts";
import { readJson, readText, writeJson } from "../state/files.ts";
import type { FunctionPaths } from "../state/paths.ts";
import { endProcess, identify, isAlive } from "../state/process.ts";
import { endWorkers } from "../state/workers.ts";
import { call, failureOf } from "./admin.ts";

type Answer = { readonly ok: true } | { readonly ok: false; readonly failure: FailureDocument };

/** Longer than a host needs to let its work end. */
const stopMs = 15_000;
/** For one that does not answer. */
const deafMs = 2000;
const mostOutput = 2000;

export interface StartOptions {
  readonly file: URL;
  readonly request: StartRequest;
  readonly signal?: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/**
 * Returns when the function answers; the host lives on when this process ends.
 * @throws what the host says, such as E_ENTRY_POINT or E_HANDLER; E_TIMEOUT
 */
export async function startHost(paths: FunctionPaths, options: StartOptions): Promise<void> {
  // One whose starter was killed may be about to serve.
  await stopHost(paths);
  const output = openSync(paths.output, "w", 0o600);
  const child = spawn(process.execPath, [fileURLToPath(options.file), paths.folder], {
    cwd: parse(paths.folder).root,
    detached: true,
    env: machineEnv(),
    stdio: ["ignore", output, output, "ipc"],
    windowsHide: true,
  });
  closeSync(output);
  // Before it is told to do anything, so that whoever comes next knows of it; without being told it ends by itself.
  const starting: HostDocument = { ...identify(child.pid ?? -1), instance: "", adminPort: 0, startedAt: "", node: "" };
  try {
    await writeJson(paths.host, starting);
    const answer = await new Promise<Answer | "ended">((resolve, reject) => {
      const give = () => {
        child.kill("SIGKILL");
        reject(
          options.signal?.aborted === true
            ? (options.signal.reason as Error)
            : new FnpkgError("E_TIMEOUT", "the function did not start in time"),
        );
      };
      const late = setTimeout(give, Math.max(0, Math.min(options.deadline - Date.now(), 2 ** 31 - 1)));
      const settle = (value: Answer | "ended") => {
        clearTimeout(late);
        options.signal?.removeEventListener("abort", give);
        resolve(value);
      };
      options.signal?.addEventListener("abort", give, { once: true });
      child.once("message", (message: Answer) => settle(message));
      child.once("exit", () => settle("ended"));
      child.once("error", () => settle("ended"));
      child.send(options.request, (error) => {
        if (error !== null) settle("ended");
      });
    });
    if (answer === "ended")
      throw new FnpkgError("E_INTERNAL", `the function's host ended while it started: ${await tail(paths)}`);
    if (!answer.ok) throw failureOf(answer.failure);
  } finally {
    if (child.connected) child.disconnect();
    child.unref();
  }
}

/** Lets what runs end, then ends the host and everything it started. Already gone is success. */
export async function stopHost(paths: FunctionPaths): Promise<void> {
  const host = await readJson<HostDocument>(paths.host);
  if (host !== undefined && isAlive(host)) {
    const asked = await call(paths, host, "POST", "/stop", {}, AbortSignal.timeout(2000)).then(
      () => true,
      () => false,
    );
    if (asked) await endProcessAfter(host, stopMs);
    else await endProcess(host, deafMs);
  }
  await endWorkers(paths);
  await rm(paths.host, { force: true });
}

async function endProcessAfter(host: HostDocument, ms: number): Promise<void> {
  const until = Date.now() + ms;
  for (let step = 5; isAlive(host) && Date.now() < until; step = Math.min(step * 2, 100))
    await new Promise((resolve) => setTimeout(resolve, step));
  await endProcess(host, 1000);
}

async function tail(paths: FunctionPaths): Promise<string> {
  const text = ((await readText(paths.output)) ?? "").trim();
  return text === "" ? "it said nothing" : text.slice(-mostOutput);
}

/** The digest of the host's code, to know a host of another version. */
export async function codeOfHost(file: URL): Promise<string> {
  try {
    return sha256(await readFile(file));
  } catch (cause) {
    throw new FnpkgError("E_INTERNAL", `the host's code ${fileURLToPath(file)} is missing`, {
      cause,
      hint: "Build the project, or install fnpkg again.",
    });
  }
}
