/** What a cloud is handed: the archive, and the variables that the translation sets, by the library's public door. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Digest, JsonObject } from "fnpkg/adapter";
import { plan, translate } from "../../src/index.ts";
import { configurationOf, type Deployment } from "./target.ts";

export interface Built {
  readonly file: string;
  readonly packageDigest: Digest;
  /** The function's properties. */
  readonly props: JsonObject;
}

export async function build(target: string, kind: string, { package: file, settings, folder }: Deployment): Promise<Built> {
  const config = join(folder, "config.json");
  const archive = join(folder, "archive.zip");
  await writeFile(config, JSON.stringify(configurationOf(settings)));
  const options = { package: file, config, target, cache: join(folder, "cache") };
  const planned = await plan({ ...options, offline: true, archive });
  const { resources } = await translate(options);
  const props = resources.find((resource) => resource.kind === kind)?.props;
  if (props === undefined) throw new Error(`${target} translates to no ${kind}`);
  return { file: archive, packageDigest: planned.plan.packageDigest, props };
}

/** The members at a path into an object. */
export function variables(props: JsonObject, ...path: readonly string[]): { readonly [name: string]: string } {
  const found = path.reduce((at: unknown, key) => (at as { readonly [key: string]: unknown })[key], props);
  return found as { readonly [name: string]: string };
}
