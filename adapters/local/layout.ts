/** What stands in the folder that a function runs from: its files under `function/`, the entry file and its facts at the root. */
import { factsOf, jsonFile, type Layout, sealedFiles, type TranslateInput } from "fnpkg/adapter";
import type { Section } from "./config.ts";

export const entryFile = "index.mjs";
export const factsFile = "fnpkg.json";

export function layout({ pkg }: TranslateInput<Section>): Layout {
  return [jsonFile(factsFile, factsOf(pkg)), { path: entryFile, from: { bytes: pkg.entry } }, ...sealedFiles(pkg)];
}
