/**
 * What the archive holds: the package's files under `function/` as they were sealed, the entry file and its facts at the root
 * (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html).
 */
import { factsOf, type HttpTrigger, jsonFile, type Layout, sealedFiles, type TranslateInput } from "fnpkg/adapter";
import type { Facts as PackageFacts } from "fnpkg/runtime";
import type { Section } from "./config.ts";

/** What the entry file reads beside itself: the package, and what of the http trigger is enforced inside. */
export interface Facts extends PackageFacts {
  readonly http?: { readonly path: string; readonly methods?: readonly string[] };
}

export const entryFile = "index.mjs";
export const factsFile = "fnpkg.json";
/** The entry file's name without its ending, and its export. */
export const handler = "index.handler";

export function layout({ pkg, config }: TranslateInput<Section>): Layout {
  const http = config.triggers.find((trigger): trigger is HttpTrigger => trigger.type === "http");
  const enforced =
    http === undefined ? {} : { http: { path: http.path, ...(http.methods === undefined ? {} : { methods: http.methods }) } };
  const facts: Facts = factsOf(pkg, enforced);
  return [jsonFile(factsFile, facts), { path: entryFile, from: { bytes: pkg.entry } }, ...sealedFiles(pkg)];
}
