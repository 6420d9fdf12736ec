/** What stands in the folder that a function runs from: its files under `function/`, the entry file and its facts at the root. */
import type { Layout, Manifest, TranslateInput } from "fnpkg/adapter";
import type { Section } from "./config.ts";

/** What the entry file reads beside itself. */
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
  /** Names of environment variables that the package declares. */
  readonly declared: readonly string[];
}

export const entryFile = "index.mjs";
export const factsFile = "fnpkg.json";

export function layout({ pkg }: TranslateInput<Section>): Layout {
  const { manifest } = pkg;
  const { entryPoint, signature } = manifest;
  const facts: Facts = {
    name: manifest.name,
    version: manifest.version,
    packageDigest: pkg.digest,
    module: "module" in entryPoint ? entryPoint.module : "",
    export: "export" in entryPoint ? (entryPoint.export ?? "default") : "default",
    type: signature.type,
    batch: signature.type === "cloudevent" && signature.batch === true,
    streaming: signature.type === "http" && signature.response === "streaming",
    declared: declaredNames(manifest),
  };
  return [
    { path: factsFile, from: { bytes: new TextEncoder().encode(`${JSON.stringify(facts)}\n`) } },
    { path: entryFile, from: { bytes: pkg.entry } },
    ...pkg.files
      .filter(({ path }) => path.startsWith("function/"))
      .map(({ path, executable }) => ({ path, executable, from: { file: path } })),
  ];
}

function declaredNames({ requires }: Manifest): string[] {
  const own = (requires.env ?? []).map(({ name }) => name);
  const services = (requires.services ?? []).flatMap(({ keys }) => Object.values(keys).map(({ env }) => env));
  return [...new Set([...own, ...services])].sort();
}
