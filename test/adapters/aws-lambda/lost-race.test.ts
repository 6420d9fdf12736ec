/**
 * Lost races, at the public door: what another changes between a look and a write is E_CONFLICT, and nothing is written over it.
 * moto knows no `RevisionId` of functions and looks at none, so a proxy before it gives them, and answers as Lambda does to one that
 * is no longer the latest (docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html: PreconditionFailedException, 412).
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { deploy, FnpkgError, pack, promote, type Receipt, rollback, status, versions } from "../../../src/index.ts";
import { type Moto, startMoto } from "../../emulators/moto.ts";
import { needsTool, tool } from "../../emulators/tools.ts";
import { clients, furnish, region, role } from "./moto-site.ts";

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly body: { readonly [key: string]: unknown };
}
/** Looks at a request before moto does: a status is answered in its place. */
type Before = (seen: Seen) => Promise<412 | void>;

const name = { FunctionName: "raced" };
const noMoto = tool("moto_server") === undefined;
const needs = needsTool("moto_server");

describe.skipIf(noMoto)(`a lost race on moto${needs}`, () => {
  vi.setConfig({ testTimeout: 400_000 });
  let moto: Moto;
  let folder: string;
  let file: string;
  let proxy: ReturnType<typeof createServer>;
  let before: Before = async () => undefined;
  let writes: string[] = [];
  /** The function's latest revision. */
  let revision = randomUUID();

  beforeAll(async () => {
    moto = await startMoto();
    folder = await mkdtemp(join(tmpdir(), "fnpkg-race-"));
    const author = join(folder, "author");
    await mkdir(author);
    await writeFile(join(author, "index.mjs"), "export default () => new Response();\n");
    const manifest = { kind: "FunctionPackage", specVersion: "1.0", name: "acme/raced", version: "1.0.0", profile: "nodejs" };
    const rest = { entryPoint: { module: "index.mjs", export: "default" }, signature: { type: "http" } };
    await writeFile(join(author, "function-package.json"), JSON.stringify({ ...manifest, ...rest, requires: {} }));
    ({ file } = await pack({ folder: author, out: join(folder, "raced.fnpkg"), cache: join(folder, "cache") }));
    proxy = createServer((incoming, outgoing) => {
      void (async () => {
        const body = await whole(incoming);
        const seen = { method: incoming.method ?? "", path: incoming.url ?? "", body: bodyOf(body) };
        if (seen.method !== "GET") writes.push(`${seen.method} ${seen.path}`);
        const refused = (await before(seen)) === 412;
        const ofFunction = /\/functions\/raced(\/(configuration|code|versions))?\/?$/.test(seen.path);
        const sent = seen.body["RevisionId"];
        if (refused || (ofFunction && sent !== undefined && sent !== revision)) {
          outgoing.writeHead(412, { "content-type": "application/json", "x-amzn-errortype": "PreconditionFailedException" });
          outgoing.end(JSON.stringify({ Message: "The RevisionId provided does not match the latest RevisionId." }));
          return;
        }
        const { headers, method, url } = incoming;
        const onward = request(`${moto.endpoint}${url}`, { method, headers: { ...headers, connection: "close" } });
        onward.end(body);
        const [answer] = (await once(onward, "response")) as [IncomingMessage];
        let bytes = await whole(answer);
        if (ofFunction && seen.method === "PUT") revision = randomUUID();
        if (ofFunction && answer.statusCode === 200) {
          const found = bodyOf(bytes);
          const inner = found["Configuration"] as object | undefined;
          const revised = inner === undefined ? { RevisionId: revision } : { Configuration: { ...inner, RevisionId: revision } };
          bytes = Buffer.from(JSON.stringify({ ...found, ...revised }));
        }
        outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, "content-length": bytes.length });
        outgoing.end(bytes);
      })().catch((cause: unknown) => outgoing.destroy(cause as Error));
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
  });
  beforeEach(async () => {
    before = async () => undefined;
    await furnish(moto);
    await deploy(options(256));
    writes = [];
  });
  afterAll(async () => {
    proxy.closeAllConnections();
    proxy.close();
    await moto.close();
    await rm(folder, { recursive: true, force: true });
  });

  const options = (memory: number) => {
    const address = proxy.address();
    const endpoint = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
    const config = {
      specVersion: "1.0" as const,
      kind: "FunctionConfig" as const,
      function: "raced",
      package: { name: "acme/raced" },
      memory: `${memory}Mi`,
      identity: { "aws-lambda": role },
      triggers: [{ name: "web", type: "http" as const, auth: "public" as const }],
      targets: { "aws-lambda": { region, endpoint } },
    };
    return { package: file, config, target: "aws-lambda", cache: join(folder, "cache"), base: folder };
  };
  const failing = async (work: Promise<Receipt>): Promise<FnpkgError> => {
    const failure: unknown = await work.then(() => undefined).catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(FnpkgError);
    return failure as FnpkgError;
  };
  const alias = async () => {
    const found = await clients(moto).lambda.send(new GetAliasCommand({ ...name, Name: "live" }));
    return [found.FunctionVersion, found.RoutingConfig?.AdditionalVersionWeights ?? {}];
  };
  const is = ({ method, path }: Seen, verb: string, end: string) => method === verb && path.replace(/\/$/, "").endsWith(end);

  it.each([
    ["settings", "PUT", "/functions/raced/configuration"],
    ["version", "POST", "/functions/raced/versions"],
    ["alias", "PUT", "/functions/raced/aliases/live"],
  ])("of the %s is refused by its revision, and the deploy writes nothing after it", async (_, verb, end) => {
    const sent: unknown[] = [];
    before = async (seen) => {
      if (!is(seen, verb, end)) return undefined;
      sent.push(seen.body["RevisionId"]);
      // Another's change, a moment earlier; an alias has its revision from moto.
      revision = randomUUID();
      return verb === "PUT" && end.includes("aliases") ? 412 : undefined;
    };
    const failure = await failing(deploy(options(512)));
    expect(failure).toMatchObject({ code: "E_CONFLICT", exit: 4 });
    expect(failure.hint).toContain("Run it again");
    expect(sent).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
    expect(writes.at(-1)?.replace(/\/$/, "")).toBe(`${verb} ${path(end)}`);
    expect(await alias()).toEqual(["1", {}]);
    before = async () => undefined;
    await deploy(options(512));
    expect(await alias()).toEqual(["2", {}]);
  });

  it("of promote is refused by its revision", async () => {
    await deploy(options(512));
    before = async (seen) => (is(seen, "PUT", "/aliases/live") ? 412 : undefined);
    expect(await failing(promote({ ...options(512), version: "1" }))).toMatchObject({ code: "E_CONFLICT" });
    expect(await alias()).toEqual(["2", {}]);
  });

  it("of settings that another changed before the version was published is no version", async () => {
    let changed = false;
    before = async (seen) => {
      // The tags are the last that a deploy writes of the function itself.
      if (changed || !is(seen, "GET", "/functions/raced/configuration") || !writes.some((one) => one.includes("/tags/")))
        return undefined;
      changed = true;
      await clients(moto).lambda.send(new UpdateFunctionConfigurationCommand({ ...name, Timeout: 77 }));
      return undefined;
    };
    const failure = await failing(deploy(options(512)));
    expect(failure).toMatchObject({ code: "E_CONFLICT", exit: 4 });
    expect(failure.message).toContain("Timeout of raced was changed by something else");
    expect(await alias()).toEqual(["1", {}]);
    await deploy(options(512));
    const serving = await clients(moto).lambda.send(new GetFunctionConfigurationCommand({ ...name, Qualifier: "live" }));
    expect(serving).toMatchObject({ Version: "2", MemorySize: 512, Timeout: 30 });
  });

  it("of an alias that another moved is left where it is: what serves is not brought back", async () => {
    await deploy(options(512));
    let moved = false;
    before = async (seen) => {
      if (moved || !is(seen, "POST", "/versions")) return undefined;
      moved = true;
      await clients(moto).lambda.send(new UpdateAliasCommand({ ...name, Name: "live", FunctionVersion: "1" }));
      return undefined;
    };
    const failure = await failing(deploy({ ...options(640), traffic: 0.1 }));
    expect(failure).toMatchObject({ code: "E_CONFLICT", exit: 4 });
    expect(await alias()).toEqual(["1", {}]);
  });

  it("aside, a share is given, shown and taken to the end through the library", async () => {
    const receipt = await deploy({ ...options(512), traffic: 0.1 });
    expect(receipt).toMatchObject({ traffic: 0.1 });
    const now = await status({ ...options(512), verify: true });
    expect(now).toMatchObject({ state: "ready", traffic: 0.1, drift: [], packageDigest: receipt.packageDigest });
    const shares = async () => (await versions(options(512))).map(({ version, traffic }) => [version, traffic]);
    expect(await shares()).toEqual([
      ["2", 0.1],
      ["1", 0.9],
    ]);
    expect(await promote({ ...options(512), version: "2" })).not.toHaveProperty("traffic");
    expect(await shares()).toEqual([
      ["2", 1],
      ["1", 0],
    ]);
    await deploy({ ...options(640), traffic: 0.07 });
    expect(await shares()).toEqual([
      ["3", 0.07],
      ["2", 0.93],
      ["1", 0],
    ]);
    await rollback(options(640));
    expect(await shares()).toEqual([
      ["3", 0],
      ["2", 1],
      ["1", 0],
    ]);
  });
});

function bodyOf(bytes: Buffer): { readonly [key: string]: unknown } {
  try {
    return JSON.parse(bytes.toString()) as { readonly [key: string]: unknown };
  } catch {
    return {};
  }
}

async function whole(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function path(end: string): string {
  return `/2015-03-31${end}`;
}
