/** A built archive under Google's own Functions Framework, served as its command does, but on loopback alone. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { entryUrl, type PackageView, type Signature, type Trigger } from "fnpkg/adapter";
import { samplePackage } from "fnpkg/testing";
import { entryPoint, layout } from "../../../adapters/google-cloud-functions/layout.ts";
import { bindings } from "../../../adapters/google-cloud-functions/translate-bindings.ts";
import { contentOf } from "../../../src/api/content.ts";
import { inputOf } from "./translate-cases.ts";

export const missing = spawnSync("unzip", ["-v"]).status === 0 ? [] : ["unzip"];

const framework = dirname(fileURLToPath(import.meta.resolve("@google-cloud/functions-framework")));

/** As main.js of the framework, which listens on all addresses. */
const serve = `
const load = (name) => require(${JSON.stringify(framework)} + "/" + name);
const { parseOptions } = load("options.js");
const { getUserFunction } = load("loader.js");
const { getServer } = load("server.js");
const { ErrorHandler } = load("invoker.js");
(async () => {
  const options = parseOptions();
  if (options.enableExecutionId) load("logger.js").loggingHandlerAddExecutionContext();
  const loaded = await getUserFunction(options.sourceLocation, options.target, options.signatureType);
  if (!loaded) process.exit(1);
  options.signatureType = loaded.signatureType;
  const server = getServer(loaded.userFunction, options);
  server.listen(0, "127.0.0.1", () => {
    new ErrorHandler(server).register();
    process.send(server.address().port);
  }).setTimeout(0);
})();
`;

export interface Site {
  readonly url: string;
  readonly port: number;
  /** Takes a request; redirects are not followed. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** What went to the streams. */
  output(): string;
  close(): Promise<void>;
}

export interface Given {
  readonly files: { readonly [path: string]: string };
  readonly signature: Signature;
  readonly triggers: readonly Trigger[];
  readonly timeoutSeconds?: number;
  readonly requires?: PackageView["manifest"]["requires"];
  readonly env?: { readonly [name: string]: string };
}

/** The built entry file of the adapter. */
export function entry(): Buffer {
  return readFileSync(
    entryUrl(new URL("../../../adapters/google-cloud-functions/index.ts", import.meta.url).href, "./runtime/nodejs.js"),
  );
}

/** Builds the archive and unpacks it elsewhere; rejects with what it wrote when the framework can't load it. */
export async function start(given: Given): Promise<Site> {
  const { signature, files, triggers, timeoutSeconds = 5 } = given;
  const sample = samplePackage({ signature, files, entry: entry() });
  const { requires = { env: [{ name: "GREETING" }] } } = given;
  const pkg = { ...sample, manifest: { ...sample.manifest, entryPoint: { module: "index.js" }, requires } };
  const { config } = inputOf({ signature, triggers, timeoutSeconds });
  const folder = mkdtempSync(join(tmpdir(), "fnpkg-google-"));
  const { file } = await contentOf(layout({ pkg, config }), sample.files, folder).archive();
  return serveArchive({ file, folder, env: { FNPKG_BINDINGS: bindings(config), ...given.env } });
}

/** Serves an archive; `folder` is removed with it. */
export async function serveArchive(given: {
  readonly file: string;
  readonly folder: string;
  readonly env: { readonly [name: string]: string };
}): Promise<Site> {
  const source = join(given.folder, "workspace");
  const { status, stderr } = spawnSync("unzip", ["-q", given.file, "-d", source], { encoding: "utf8" });
  if (status !== 0) throw new Error(`unzip: ${stderr}`);
  const main = join(given.folder, "serve.cjs");
  mkdirSync(dirname(main), { recursive: true });
  writeFileSync(main, serve);
  const child = spawn(process.execPath, [main], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: {
      PATH: process.env["PATH"] ?? "",
      NODE_ENV: "production",
      FUNCTION_TARGET: entryPoint,
      FUNCTION_SOURCE: source,
      FUNCTION_SIGNATURE_TYPE: "http",
      ...given.env,
    },
  });
  const output = collect(child);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    child.once("message", (port) => resolve(port as number));
    void ended.then(() => reject(new Error(output())));
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    fetch: (path, init) => fetch(`${url}${path}`, { redirect: "manual", ...init }),
    output,
    async close() {
      child.kill("SIGKILL");
      await ended;
      rmSync(given.folder, { recursive: true, force: true });
    },
  };
}

function collect(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}
