/** `pnpm-lock.yaml`, versions 6 and 9: what each version's bytes are. It serves for libraries that `build` merges. */
import { parseDocument } from "yaml";
import { z } from "zod";
import { reasonOf } from "../../errors.ts";
import { pointer } from "../../json.ts";
import type { LockEntry, ReadLock, Wants } from "./lock.ts";

const spec = z.record(z.string(), z.union([z.string(), z.object({ specifier: z.string() })])).optional();
const importer = z.object({ dependencies: spec, devDependencies: spec, optionalDependencies: spec });
const schema = z.object({
  lockfileVersion: z.union([z.string(), z.number()]).transform(String),
  importers: z.record(z.string(), importer).optional(),
  dependencies: spec,
  devDependencies: spec,
  optionalDependencies: spec,
  packages: z
    .record(z.string(), z.object({ resolution: z.object({ integrity: z.string().optional(), tarball: z.string().optional() }) }))
    .optional(),
});

/**
 * Reads a pnpm lock file's text. Its entries are found by name and version, not by place.
 * Codes: E_LOCK for what is no pnpm lock file of version 6 or 9.
 */
export function parsePnpmLock(text: string, file: string): ReadLock {
  const bad = (message: string): ReadLock => ({
    problems: [{ code: "E_LOCK", message: `${file}: ${message}`, file, hint: "Write it anew with pnpm 8 or later." }],
  });
  let data: z.infer<typeof schema>;
  try {
    const document = parseDocument(text, { schema: "core", uniqueKeys: true });
    const [error] = document.errors;
    if (error !== undefined) return bad(reasonOf(error));
    const parsed = schema.safeParse(document.toJS({ maxAliasCount: 0 }));
    if (!parsed.success) return bad(parsed.error.issues[0]?.message ?? "not a lock file");
    data = parsed.data;
  } catch (cause) {
    return bad(reasonOf(cause));
  }
  if (!/^[69]\./.test(`${data.lockfileVersion}.`)) return bad(`lockfileVersion ${data.lockfileVersion}; 6 and 9 are read`);
  const root = data.importers?.["."] ?? data;
  const entries = new Map<string, LockEntry>();
  for (const [key, { resolution }] of Object.entries(data.packages ?? {})) {
    const found = /^\/?((?:@[^/@]+\/)?[^/@]+)@([^()]+)/.exec(key);
    if (found === null) continue;
    const [, name = "", version = ""] = found;
    const isDirect = [root.dependencies, root.devDependencies, root.optionalDependencies].some((wants) =>
      Object.hasOwn(wants ?? {}, name),
    );
    const path = isDirect ? `node_modules/${name}` : `node_modules/.pnpm/${key}/node_modules/${name}`;
    entries.set(`${name}@${version}`, {
      ...NOTHING,
      path,
      pointer: pointer("packages", key),
      name,
      version,
      integrity: resolution.integrity,
      resolved: resolution.tarball,
    });
  }
  return {
    lock: {
      format: "pnpm",
      file,
      root: {
        ...NO_WANTS,
        dependencies: rangesOf(root.dependencies),
        devDependencies: rangesOf(root.devDependencies),
        optionalDependencies: rangesOf(root.optionalDependencies),
      },
      entries,
    },
    problems: [],
  };
}

const NO_WANTS: Wants = { dependencies: {}, devDependencies: {}, optionalDependencies: {}, peerDependencies: {} };
const NOTHING = { ...NO_WANTS, link: false, dev: false, optional: false, inBundle: false, hasInstallScript: false } as const;

function rangesOf(wants: z.infer<typeof spec>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(wants ?? {}).map(([name, value]) => [name, typeof value === "string" ? value : value.specifier]),
  );
}
