/** What every archive of a handler holds: the package's files as sealed, the entry file, and the facts it reads. */
import type { Layout, PackageView } from "../contract.ts";
import type { Facts } from "../runtime/facts.ts";

/** The facts of a package for its entry file; `more` is what the adapter's own entry file reads besides. */
export function factsOf<More extends object = object>({ digest, manifest }: PackageView, more?: More): Facts & More {
  const { entryPoint, signature } = manifest;
  return {
    name: manifest.name,
    version: manifest.version,
    packageDigest: digest,
    module: "module" in entryPoint ? entryPoint.module : "",
    export: "export" in entryPoint ? (entryPoint.export ?? "default") : "default",
    type: signature.type,
    batch: signature.type === "cloudevent" && signature.batch === true,
    streaming: signature.type === "http" && signature.response === "streaming",
    events: signature.type === "cloudevent" ? signature.events.map(({ type }) => type).toSorted() : [],
    declared: declaredNames(manifest),
    ...(more as More),
  };
}

function declaredNames({ requires }: PackageView["manifest"]): string[] {
  const own = (requires.env ?? []).map(({ name }) => name);
  const services = (requires.services ?? []).flatMap(({ keys }) => Object.values(keys).map(({ env }) => env));
  return [...new Set([...own, ...services])].toSorted();
}

/** The package's own files, as they were sealed: under `function/`. */
export function sealedFiles({ files }: PackageView): Layout {
  return files
    .filter(({ path }) => path.startsWith("function/"))
    .map(({ path, executable }) => ({ path, executable, from: { file: path } }));
}

/** A generated JSON document of the archive. */
export function jsonFile(path: string, value: object): Layout[number] {
  return { path, from: { bytes: new TextEncoder().encode(`${JSON.stringify(value)}\n`) } };
}
