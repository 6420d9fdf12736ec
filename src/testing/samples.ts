/** A small package and configuration to run an adapter on. */
import { crc32 } from "node:zlib";
import { contentOf } from "../api/content.ts";
import type { Resolved } from "../config/resolved.ts";
import type { Adapter, Content, PackageView, TranslateInput } from "../contract.ts";
import { digestOf, sha256 } from "../json.ts";
import type { ContentFile } from "../package/content.ts";
import type { Signature } from "../package/manifest.ts";

export interface SamplePackage extends PackageView {
  readonly files: readonly ContentFile[];
}

/** A nodejs package. `files` are texts by their paths under `function/`. */
export function samplePackage(options: {
  readonly signature: Signature;
  readonly files?: { readonly [path: string]: string };
  readonly entry?: Uint8Array;
}): SamplePackage {
  const texts = options.files ?? { "index.js": "export default () => undefined;\n" };
  const files = Object.keys(texts)
    .sort()
    .map((path) => sampleFile(`function/${path}`, texts[path] ?? ""));
  const manifest: PackageView["manifest"] = {
    kind: "FunctionPackage",
    specVersion: "1.0",
    name: "acme/sample",
    version: "1.0.0",
    profile: "nodejs",
    signature: options.signature,
    requires: {},
    entryPoint: { module: "function/index.js" },
    files: files.map(({ path, size, digest }) => ({ path, size, digest })),
    dependencies: { packages: [] },
  };
  return { digest: digestOf(manifest), manifest, files, entry: options.entry ?? Buffer.from("export {};\n") };
}

/** A configuration with every default applied; its digest follows what is given. */
export function sampleConfig<Section>(
  given: { readonly target: string; readonly section: Section } & Partial<Omit<Resolved<Section>, "digest">>,
): Resolved<Section> {
  const defaults: Omit<Resolved, "digest" | "places" | "target" | "section"> = {
    deployment: "sample",
    function: "sample",
    env: {},
    secrets: {},
    sensitive: [],
    memoryMiB: 512,
    timeoutSeconds: 30,
    concurrency: 1,
    instances: {},
    architecture: "x86_64",
    runtime: "22",
    triggers: [],
    network: { ingress: "public" },
    logs: { level: "info" },
    tags: {},
    registries: {},
    policy: { requireDigest: false, requireSignature: false },
    raw: {},
    base: process.cwd(),
  };
  const { places = { at: () => undefined }, ...rest } = given;
  const config = { ...defaults, ...rest };
  return { ...config, places, digest: digestOf(config) };
}

/** The code that the adapter's layout comes to; its archive is built in `folder`. */
export function sampleContent<Section, Client>(
  adapter: Adapter<Section, Client>,
  input: TranslateInput<Section> & { readonly pkg: SamplePackage },
  folder: string,
): Content {
  return contentOf(adapter.layout(input), input.pkg.files, folder);
}

function sampleFile(path: string, text: string): ContentFile {
  const bytes = Buffer.from(text);
  const read = async function* () {
    yield bytes;
  };
  return {
    path,
    size: bytes.length,
    digest: sha256(bytes),
    executable: false,
    read,
    stored: async () => ({ method: 0, crc32: crc32(bytes), compressedSize: bytes.length, bytes: read }),
  };
}
