/**
 * What the archive holds: the package's files under `function/` as they were sealed; at the root the entry file, its facts, and the
 * `package.json` and lock file that Google's build asks for. The build sees no other `package.json`, so it runs none of the
 * package's scripts. The Functions Framework, which serves the entry file, is the build's own: it puts it in where `package.json`
 * does not name it (GoogleCloudPlatform/buildpacks 00c04dc7, cmd/nodejs/functions_framework/lib/lib.go).
 */
import {
  factsOf,
  FnpkgError,
  type HttpTrigger,
  jsonFile,
  type Layout,
  type Resolved,
  sealedFiles,
  type TranslateInput,
} from "fnpkg/adapter";
import type { Facts as PackageFacts, HttpTrigger as HttpRules } from "fnpkg/runtime";
import type { Section } from "./config.ts";

type Input = TranslateInput<Section>;

/** What the entry file reads beside itself: the package, and what of the triggers is enforced inside. */
export interface Facts extends PackageFacts {
  readonly http?: HttpRules;
  /** By the trigger's name. */
  readonly filters?: { readonly [trigger: string]: Filter };
}

/** What an event must be for the handler to see it; the vendor has no such filters. */
export interface Filter {
  readonly prefix?: string;
  readonly suffix?: string;
  readonly attributes?: { readonly [name: string]: readonly string[] };
}

export const entryFile = "index.mjs";
export const factsFile = "fnpkg.json";
/** The export that the build is told as the function's entry point. */
export const entryPoint = "fnpkg";

export function layout(input: Input): Layout {
  const { pkg, config } = input;
  const facts: Facts = factsOf(pkg, { ...httpOf(config), ...filtersOf(config) });
  const own = [jsonFile(factsFile, facts), { path: entryFile, from: { bytes: pkg.entry } }];
  if (delivery(input) === "vendored") return [...own, ...projectWith({}), lockOfNothing, ...sealedFiles(pkg)];
  const sealed = new Set(pkg.manifest.files.map(({ path }) => path));
  const files = sealedFiles(pkg).filter(({ path }) => !path.startsWith("function/node_modules/") || sealed.has(path));
  return [...own, ...projectWith(direct(input)), { path: "package-lock.json", from: { file: lockOf(input) } }, ...files];
}

/**
 * How dependencies get there. `vendored`: they travel in the archive as they were sealed, and the build installs none. `remote`: the
 * build installs what the sealed lock file names, by its digests, and runs no scripts.
 */
export function delivery({ pkg, config }: Input): "vendored" | "remote" {
  const { lock, packages } = pkg.manifest.dependencies;
  if (packages.every((dependency) => dependency.delivery === "bundled")) return "vendored";
  const referenced = packages.some((dependency) => dependency.delivery === "referenced");
  return config.section.build ?? (referenced && isNpm(lock) ? "remote" : "vendored");
}

function isNpm(lock: { readonly format: string } | undefined): boolean {
  return lock?.format.startsWith("npm-") === true;
}

/** The sealed lock file, which the build reads at the root. */
function lockOf({ pkg, config }: Input): string {
  const { lock } = pkg.manifest.dependencies;
  if (lock !== undefined && isNpm(lock)) return lock.path;
  throw new FnpkgError("E_CAPABILITY", "build: Google's build needs the package-lock.json that the package was sealed with", {
    target: config.target,
    pointer: "/targets/google-cloud-functions/build",
    hint: "Use `build: vendored`.",
  });
}

/**
 * The direct dependencies at the sealed versions, which the lock file's entries fulfil. One that is there for some platforms alone is
 * optional, as npm has it.
 */
function direct({ pkg }: Input): Pick<Project, "dependencies" | "optionalDependencies"> {
  const chosen = pkg.manifest.dependencies.packages.filter(({ direct, delivery }) => direct && delivery !== "bundled");
  const restricted = ({ artifacts }: (typeof chosen)[number]) => artifacts.every(({ platform }) => platform !== undefined);
  const listed = (some: typeof chosen) => Object.fromEntries(some.map(({ name, version }) => [name, version]));
  return {
    dependencies: listed(chosen.filter((one) => !restricted(one))),
    optionalDependencies: listed(chosen.filter(restricted)),
  };
}

interface Project {
  readonly dependencies: { readonly [name: string]: string };
  readonly optionalDependencies: { readonly [name: string]: string };
}

const project = { name: "fnpkg-function", private: true };

function projectWith(needed: Partial<Project>): Layout {
  const some = Object.entries(needed).filter(([, list]) => Object.keys(list).length > 0);
  return [jsonFile("package.json", { ...project, type: "module", main: entryFile, ...Object.fromEntries(some) })];
}

/** Without a lock file the build would ask the registry for one. */
const lockOfNothing = jsonFile("package-lock.json", {
  name: project.name,
  lockfileVersion: 3,
  requires: true,
  packages: { "": { name: project.name } },
});

function httpOf({ triggers }: Resolved<Section>): Pick<Facts, "http"> {
  const http = triggers.find((trigger): trigger is HttpTrigger => trigger.type === "http");
  if (http === undefined) return {};
  const { path, methods, cors } = http;
  if (cors === undefined) return { http: { path, ...(methods === undefined ? {} : { methods }) } };
  const { maxAgeSeconds, ...rest } = cors;
  const rules = { ...rest, ...(maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }) };
  return { http: { path, ...(methods === undefined ? {} : { methods }), cors: rules } };
}

function filtersOf({ triggers }: Resolved<Section>): Pick<Facts, "filters"> {
  const filters = triggers.flatMap((trigger): [string, Filter][] =>
    "filter" in trigger && trigger.filter !== undefined ? [[trigger.name, trigger.filter]] : [],
  );
  return filters.length === 0 ? {} : { filters: Object.fromEntries(filters) };
}
