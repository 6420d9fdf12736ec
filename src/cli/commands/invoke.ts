import { readFile } from "node:fs/promises";
import { invoke } from "../../api/invoke.ts";
import { FnpkgError, wrap } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import type { Invocation } from "../../contract.ts";
import { bytesOf } from "../../package/content.ts";
import { command, shared } from "../command.ts";
import { located } from "../options.ts";

export default command({
  name: "invoke",
  summary: "Calls the function: over HTTP, or with a CloudEvent.",
  args: [],
  options: {
    config: shared.config,
    target: shared.target,
    stage: shared.stage,
    set: shared.set,
    timeout: shared.timeout,
    method: { type: "string", value: "METHOD", help: "http method (default GET, with --data POST)" },
    path: { type: "string", value: "PATH", help: "path and query (default /)" },
    header: { type: "string", multiple: true, value: "NAME:VALUE", help: "a request header; may be repeated" },
    data: { type: "string", value: "TEXT|@FILE", help: "the request body" },
    event: { type: "string", value: "FILE", help: "a CloudEvent in the JSON format; - reads standard input" },
  },
  async run({ options }, io) {
    const result = await invoke({
      ...located(options),
      invocation: await invocationOf(options),
      hardSignal: io.signal,
    });
    if (result.type === "event") {
      if (io.json) io.document({ ok: result.ok, failures: result.failures });
      else
        io.line(
          result.ok
            ? "ok"
            : `failed: ${result.failures.map((f) => `${f.index}${f.reason === undefined ? "" : ` ${f.reason}`}`).join(", ")}`,
        );
      return result.ok ? 0 : 1;
    }
    if (io.json) io.document({ status: result.status, headers: result.headers, body: bodyOf(result.body) });
    else {
      io.note(`${result.status}`);
      io.bytes(result.body);
      if (io.terminal && result.body.at(-1) !== 10) io.bytes("\n");
    }
    return 0;
  },
});

interface Words {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly header: readonly string[];
  readonly data: string | undefined;
  readonly event: string | undefined;
}

async function invocationOf(words: Words): Promise<Invocation> {
  if (words.event !== undefined) {
    if (words.method !== undefined || words.path !== undefined || words.data !== undefined || words.header.length > 0) {
      throw new FnpkgError("E_USAGE", "--event goes without --method, --path, --header and --data");
    }
    return { type: "event", event: eventOf(await read(words.event), words.event) };
  }
  const body =
    words.data === undefined ? undefined : words.data.startsWith("@") ? await read(words.data.slice(1)) : Buffer.from(words.data);
  const path = words.path ?? "/";
  if (!path.startsWith("/"))
    throw new FnpkgError("E_USAGE", `--path ${JSON.stringify(path)} does not begin with "/"`, {
      hint: "Write the path and query alone, such as --path '/orders?id=1'.",
    });
  return {
    type: "http",
    method: (words.method ?? (body === undefined ? "GET" : "POST")).toUpperCase(),
    path,
    headers: words.header.map(headerOf),
    body,
  };
}

function headerOf(text: string): [string, string] {
  const colon = text.indexOf(":");
  if (colon < 1)
    throw new FnpkgError("E_USAGE", `--header ${JSON.stringify(text)} is not NAME:VALUE`, {
      hint: "Write the name, a colon and the value, such as --header 'accept: text/plain'.",
    });
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

function eventOf(bytes: Uint8Array, file: string): JsonObject {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch (cause) {
    throw wrap(cause, "E_EVENT", `${file === "-" ? "standard input" : file} is not JSON`, { file });
  }
  throw new FnpkgError("E_EVENT", `${file} holds no JSON object`, { file });
}

async function read(file: string): Promise<Uint8Array> {
  try {
    if (file === "-") return await bytesOf(process.stdin);
    return await readFile(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT")
      throw new FnpkgError("E_NOT_FOUND", `${file} does not exist`, { file, cause });
    throw wrap(cause, "E_IO", `can't read ${file}`, { file });
  }
}

/** Text where the bytes are UTF-8, else base64. */
function bodyOf(body: Uint8Array): string | { base64: string } {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return { base64: Buffer.from(body).toString("base64") };
  }
}
