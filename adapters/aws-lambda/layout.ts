/**
 * What the archive holds: the package's files under `function/` as they were sealed, the entry file and its facts at the root
 * (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html).
 */
import type { HttpTrigger, Layout, Manifest, Resolved, TranslateInput } from "fnpkg/adapter";
import type { Section } from "./config.ts";

/** What the entry file reads beside itself: the package, and what of the http trigger is enforced inside. */
export interface Facts {
  readonly name: string;
  readonly version: string;
  readonly packageDigest: string;
  /** Relative to `function/`. */
  readonly module: string;
  readonly export: string;
  readonly type: "http" | "cloudevent";
  readonly batch: boolean;
  readonly streaming: boolean;
  /** The types of events that the package declares. */
  readonly events: readonly string[];
  /** Names of environment variables that the package declares. */
  readonly declared: readonly string[];
  readonly http?: { readonly path: string; readonly methods?: readonly string[] };
}

export const entryFile = "index.mjs";
export const factsFile = "fnpkg.json";
/** The entry file's name without its ending, and its export. */
export const handler = "index.handler";

export function layout({ pkg, config }: TranslateInput<Section>): Layout {
  const facts = factsOf(pkg.manifest, pkg.digest, config);
  return [
    { path: factsFile, from: { bytes: new TextEncoder().encode(`${JSON.stringify(facts)}\n`) } },
    { path: entryFile, from: { bytes: pkg.entry } },
    ...pkg.files
      .filter(({ path }) => path.startsWith("function/"))
      .map(({ path, executable }) => ({ path, executable, from: { file: path } })),
  ];
}

function factsOf(manifest: Manifest, packageDigest: string, { triggers }: Resolved<Section>): Facts {
  const { entryPoint, signature } = manifest;
  const http = triggers.find((trigger): trigger is HttpTrigger => trigger.type === "http");
  return {
    name: manifest.name,
    version: manifest.version,
    packageDigest,
    module: "module" in entryPoint ? entryPoint.module : "",
    export: "export" in entryPoint ? (entryPoint.export ?? "default") : "default",
    type: signature.type,
    batch: signature.type === "cloudevent" && signature.batch === true,
    streaming: signature.type === "http" && signature.response === "streaming",
    events: signature.type === "cloudevent" ? signature.events.map(({ type }) => type).toSorted() : [],
    declared: declaredNames(manifest),
    ...(http === undefined
      ? {}
      : { http: { path: http.path, ...(http.methods === undefined ? {} : { methods: http.methods }) } }),
  };
}

function declaredNames({ requires }: Manifest): string[] {
  const own = (requires.env ?? []).map(({ name }) => name);
  const services = (requires.services ?? []).flatMap(({ keys }) => Object.values(keys).map(({ env }) => env));
  return [...new Set([...own, ...services])].toSorted();
}
