/** Packages of many files and of many bytes, deployed through the public door. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type ApplyEvent, check, deploy, type FunctionConfig, plan, translate } from "../../../src/index.ts";
import { type Moto, startMoto } from "../../emulators/moto.ts";
import { needsTool, tool } from "../../emulators/tools.ts";
import { type Made, writePackage } from "./large-package.ts";
import { writes } from "./moto-bench.ts";
import { clients, furnish, region, role } from "./moto-site.ts";

const noMoto = tool("moto_server") === undefined;
const MiB = 2 ** 20;
vi.setConfig({ testTimeout: 400_000 });

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "fnpkg-sizes-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What the verbs take, with a cache of its own. */
async function given(name: string, made: Made, section: object) {
  const file = join(folder, `${name}.fnpkg`);
  await writePackage(file, made);
  const config = {
    specVersion: "1.0",
    kind: "FunctionConfig",
    function: name,
    package: { name: "acme/large" },
    triggers: [{ name: "web", type: "http", path: "/", auth: "public" }],
    identity: { "aws-lambda": role },
    targets: { "aws-lambda": { region, ...section } },
  } as unknown as FunctionConfig;
  return { package: file, config, target: "aws-lambda", cache: join(folder, `${name}-cache`) };
}

/** Bytes that no compression makes fewer stand stored, so a package's size is their sum. */
const filled = (bytes: number) => Buffer.alloc(bytes, 7);

describe("what Lambda takes", () => {
  it("names both ways out of an archive over 50 MB, and sends nothing", async () => {
    const nowhere = { endpoint: "http://127.0.0.1:1" };
    const options = await given("direct", { text: filled(MiB), count: 51 }, nowhere);
    const { targets } = await check({ ...options, targets: ["aws-lambda"] });
    expect(targets["aws-lambda"]?.problems).toMatchObject([
      { code: "E_TARGET_LIMIT", message: expect.stringMatching(/5[01]\.?\d* ?Mi?B|5\d{7}/) as string },
    ]);
    expect(targets["aws-lambda"]?.problems[0]?.hint).toMatch(/uploads: { bucket/);
    await expect(plan(options)).rejects.toMatchObject({ code: "E_TARGET_LIMIT" });
    await expect(deploy(options)).rejects.toMatchObject({ code: "E_TARGET_LIMIT" });
  });

  it("refuses more than 250 MB unpacked, with a bucket or without", async () => {
    const uploads = { bucket: "archives", prefix: "" };
    const options = await given("unpacked", { text: filled(MiB), count: 251 }, { uploads, endpoint: "http://127.0.0.1:1" });
    const { targets } = await check({ ...options, targets: ["aws-lambda"] });
    expect(targets["aws-lambda"]?.problems).toMatchObject([{ code: "E_TARGET_LIMIT" }]);
    expect(targets["aws-lambda"]?.problems[0]?.message).toMatch(/250 ?Mi?B|262144000/);
    await expect(deploy(options)).rejects.toMatchObject({ code: "E_TARGET_LIMIT" });
  });
});

describe("raw", () => {
  const merged = { "AWS::Lambda::Function": { Environment: { Variables: { NODE_OPTIONS: "--enable-source-maps" } } } };
  it("adds variables beside our own", async () => {
    const options = await given("raw", { text: filled(10), count: 1 }, { raw: merged });
    const { resources } = await translate(options);
    const { props } = resources.find(({ kind }) => kind === "AWS::Lambda::Function") ?? {};
    const { Variables } = (props as unknown as { Environment: { Variables: object } }).Environment;
    expect(Object.keys(Variables).sort()).toEqual(["FNPKG_BINDINGS", "NODE_OPTIONS"]);
  });

  it.each([
    ["/Environment", { Environment: null }],
    ["/Environment/Variables", { Environment: { Variables: null } }],
    ["/Environment/Variables/FNPKG_BINDINGS", { Environment: { Variables: { FNPKG_BINDINGS: "{}" } } }],
  ])("can't take %s away", async (at, patch) => {
    const raw = { "AWS::Lambda::Function": patch };
    const options = await given(`raw-${at.length}`, { text: filled(10), count: 1 }, { raw });
    const { targets } = await check({ ...options, targets: ["aws-lambda"] });
    expect(targets["aws-lambda"]?.problems).toMatchObject([
      { code: "E_RAW_CONFLICT", pointer: `/targets/aws-lambda/raw/AWS::Lambda::Function${at}` },
    ]);
  });
});

describe.skipIf(noMoto)(`large packages on moto${needsTool("moto_server")}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
    await furnish(moto);
    const CreateBucketConfiguration = { LocationConstraint: region } as const;
    await clients(moto).s3.send(new CreateBucketCommand({ Bucket: "archives", CreateBucketConfiguration }));
  });
  afterAll(() => moto.close());

  it("26,000 files: a second deploy reads, builds no archive and sends none", async () => {
    const { endpoint } = moto;
    const options = await given("many", { text: filled(40), count: 26_000 }, { endpoint });
    await deploy(options);
    expect(writes(moto)).not.toEqual([]);
    // The archive went to AWS; what is left of it here would hide that another one is built.
    await rm(join(options.cache, "archives"), { recursive: true, force: true });
    const before = (await readdir(options.cache, { recursive: true })).sort();
    const temporary = await readdir(tmpdir());
    moto.forget();
    const events: ApplyEvent[] = [];
    await deploy({ ...options, onEvent: (event) => events.push(event) });
    expect(moto.exchanges.length).toBeGreaterThan(5);
    expect(writes(moto)).toEqual([]);
    expect(Math.max(...moto.exchanges.map(({ body }) => body.length))).toBeLessThan(1000);
    expect(events.map(({ event }) => event)).toContain("unchanged");
    expect(events.filter(({ event }) => event === "step")).toEqual([]);
    const after = (await readdir(options.cache, { recursive: true })).filter((path) => !path.startsWith("verified"));
    expect(after.filter((path) => !before.includes(path))).toEqual([]);
    expect((await readdir(tmpdir())).filter((name) => /\.(zip|partial)$/.test(name) && !temporary.includes(name))).toEqual([]);
  });

  it("uploads an archive over 50 MB through the bucket: once, by its digest, never over another", async () => {
    const { endpoint } = moto;
    const uploads = { bucket: "archives", prefix: "code/" };
    const options = await given("bucket", { text: filled(MiB), count: 51 }, { endpoint, uploads });
    moto.forget();
    const { archiveSha256 } = await deploy(options);
    const puts = moto.exchanges.filter(({ method, service }) => service === "s3" && method === "PUT");
    expect(puts).toHaveLength(1);
    expect(puts[0]?.headers["if-none-match"]).toBe("*");
    const { Contents = [] } = await clients(moto).s3.send(new ListObjectsV2Command({ Bucket: "archives" }));
    expect(Contents.map(({ Key }) => Key)).toEqual([`code/bucket/${archiveSha256}.zip`]);
    moto.forget();
    await deploy(options);
    expect(writes(moto)).toEqual([]);
  });
});
