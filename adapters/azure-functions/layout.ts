/**
 * What the archive holds: the package's files under `function/` as they were sealed; the entry file, its facts, `host.json` and the
 * `package.json` that names the entry file at the root (https://learn.microsoft.com/azure/azure-functions/functions-reference-node).
 * The host reads triggers from what the entry file registers, so that a changed trigger is another archive.
 */
import { type Cors, factsOf, type HttpTrigger, jsonFile, type Layout, sealedFiles, type TranslateInput } from "fnpkg/adapter";
import type { Facts as PackageFacts, HttpTrigger as Enforced } from "fnpkg/runtime";
import type { Section } from "./config.ts";
import { type Registration, registration } from "./translate-bindings.ts";
import { hostJson } from "./translate-host.ts";

/** What the entry file reads beside itself: the package, what of the http trigger is enforced inside, and what it registers. */
export interface Facts extends PackageFacts {
  readonly http?: Enforced;
  readonly triggers: readonly Registration[];
}

export const entryFile = "index.mjs";
export const factsFile = "fnpkg.json";

export function layout({ pkg, config }: TranslateInput<Section>): Layout {
  const { signature } = pkg.manifest;
  const batch = signature.type === "cloudevent" && signature.batch === true;
  const http = config.triggers.find((trigger): trigger is HttpTrigger => trigger.type === "http");
  const facts: Facts = factsOf(pkg, {
    ...(http === undefined ? {} : { http: enforced(http) }),
    triggers: config.triggers.map((trigger) => registration(trigger, batch)),
  });
  return [
    jsonFile(factsFile, facts),
    jsonFile("host.json", hostJson(config)),
    { path: entryFile, from: { bytes: pkg.entry } },
    jsonFile("package.json", { private: true, main: entryFile }),
    ...sealedFiles(pkg),
  ];
}

function enforced({ path, methods, cors }: HttpTrigger): Enforced {
  return { path, ...(methods === undefined ? {} : { methods }), ...(cors === undefined ? {} : { cors: corsOf(cors) }) };
}

function corsOf({ origins, methods, headers, exposeHeaders, maxAgeSeconds, credentials }: Cors) {
  return {
    origins,
    ...(methods === undefined ? {} : { methods }),
    ...(headers === undefined ? {} : { headers }),
    ...(exposeHeaders === undefined ? {} : { exposeHeaders }),
    ...(maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}
