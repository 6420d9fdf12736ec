/** The files of a release: the package's under `function/` as they were sealed, what is generated beside them. */
import type { Layout, TranslateInput } from "fnpkg/adapter";
import type { Section } from "./config.ts";

/** What the entry file reads beside itself. */
export interface Facts {
  readonly name: string;
  readonly version: string;
  readonly packageDigest: string;
  readonly module: string;
  readonly export: string;
  readonly declared: readonly string[];
}

export function layout({ pkg }: TranslateInput<Section>): Layout {
  const { name, version, entryPoint, requires } = pkg.manifest;
  const facts: Facts = {
    name,
    version,
    packageDigest: pkg.digest,
    module: "module" in entryPoint ? entryPoint.module : "",
    export: ("export" in entryPoint ? entryPoint.export : undefined) ?? "default",
    declared: (requires.env ?? []).map((variable) => variable.name),
  };
  return [
    { path: "index.mjs", from: { bytes: pkg.entry } },
    { path: "facts.json", from: { bytes: new TextEncoder().encode(JSON.stringify(facts)) } },
    ...pkg.files
      .filter(({ path }) => path.startsWith("function/"))
      .map(({ path, executable }) => ({ path, executable, from: { file: path } })),
  ];
}
