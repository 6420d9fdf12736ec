/** The entry file: reads one request from standard input, calls the handler, writes the answer to standard output. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createHttpFunction, load } from "fnpkg/runtime";
import type { Facts } from "../layout.ts";

export interface Question {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  /** Base64. */
  readonly body: string;
  readonly route: { readonly path: string; readonly methods: readonly string[] };
  readonly timeoutSeconds: number;
}
export interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  /** Base64. */
  readonly body: string;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const facts = JSON.parse(readFileSync(here("facts.json"), "utf8")) as Facts;
const { method, path, headers, body, route, timeoutSeconds } = JSON.parse(readFileSync(0, "utf8")) as Question;
process.chdir(here("function"));

const { http } = createHttpFunction({
  handler: await load({ module: here(`function/${facts.module}`), export: facts.export, type: "http" }),
  signature: { type: "http" },
  function: { name: facts.name, version: facts.version, packageDigest: facts.packageDigest },
  target: { name: "folder" },
  env: { declared: facts.declared, values: process.env },
  http: { path: route.path, ...(route.methods.length === 0 ? {} : { methods: [...route.methods] }) },
  timeoutMs: timeoutSeconds * 1000,
  log: { write: (_stream, line) => void process.stderr.write(line) },
});
const bytes = method === "GET" || method === "HEAD" ? null : Buffer.from(body, "base64");
const answer = await http({ method, url: `http://localhost${path}`, headers, body: bytes });
const chunks = await new Response(answer.body as ConstructorParameters<typeof Response>[0]).arrayBuffer();
const result: Answer = { status: answer.status, headers: answer.headers, body: Buffer.from(chunks).toString("base64") };
process.stdout.write(JSON.stringify(result));
