/** `entryPoint` of a nodejs function: that its module is there and exports what it says, found without running it. */
import { posix } from "node:path";
import type { Problem } from "../../errors.ts";
import { defaultContract, entryPoints, type Manifest } from "../../package/manifest.ts";
import { didYouMean, problemsOf } from "../../schema.ts";
import type { SourceFile } from "../profile.ts";
import { type Files, filesByPath, scanExports } from "./exports.ts";
import { FUNCTION } from "./source.ts";

const JAVASCRIPT = /\.(?:mjs|cjs|js)$/;
const COMPILED = /\.(?:ts|mts|cts|tsx|jsx)$/;

export interface CheckedEntry {
  readonly entryPoint: Manifest["entryPoint"];
  readonly problems: readonly Problem[];
}

/**
 * Checks the author's `entryPoint` against the files that will be sealed. `built` is the module that a build wrote, the
 * default for `module`. `contract` is left out where it is the profile's default; everything else stays as written.
 * Codes: E_ENTRY_POINT, and what the schema finds.
 */
export async function checkEntry(written: unknown, sealed: readonly SourceFile[], built?: string): Promise<CheckedEntry> {
  const withModule = built === undefined ? written : { module: built, ...(written as object | undefined) };
  if (withModule === undefined) {
    return failed(
      "the author file has no `entryPoint`",
      "/entryPoint",
      "Name the module and its export: `entryPoint: { module: index.mjs, export: default }`.",
    );
  }
  const parsed = entryPoints.nodejs.safeParse(withModule);
  if (!parsed.success) {
    const problems = problemsOf(parsed.error, { base: ["entryPoint"], keysAt: () => ["contract", "module", "export"] });
    return { entryPoint: { module: "" }, problems };
  }
  const { contract, ...rest } = parsed.data;
  const entryPoint = contract === undefined || contract === defaultContract.nodejs ? rest : parsed.data;
  const files = filesByPath(sealed);
  const module = posix.normalize(rest.module);
  const problems = checkModule(rest.module, module, files, built);
  if (problems.length > 0 || contract === "server") return { entryPoint, problems };
  return { entryPoint, problems: await checkExport(module, rest.export ?? "default", files) };
}

function checkModule(written: string, module: string, files: Files, built: string | undefined): Problem[] {
  const problem = (message: string, hint?: string): Problem[] => [
    { code: "E_ENTRY_POINT", message, pointer: "/entryPoint/module", ...(hint === undefined ? {} : { hint }) },
  ];
  if (written !== module || module.startsWith("../") || module.startsWith("/")) {
    return problem(
      `"${written}" is no plain path below the function's folder`,
      "Write it as `lib/handler.mjs`: no leading `./`, no `..`.",
    );
  }
  if (COMPILED.test(module)) {
    return problem(
      `"${module}" is no JavaScript that Node runs as it is`,
      `Let fnpkg compile it with \`build: { entry: ${module} }\` and leave \`entryPoint.module\` out, or name the compiled file.`,
    );
  }
  if (!JAVASCRIPT.test(module)) return problem(`"${module}" is no JavaScript module`, "Name a .mjs, .cjs or .js file.");
  if (files.has(module)) return [];
  if (built !== undefined)
    return problem(
      `"${module}" is not among the sealed files; the build writes "${built}"`,
      "Leave `entryPoint.module` out, or name what the build writes.",
    );
  const candidates = [...files.keys()].filter((path) => JAVASCRIPT.test(path));
  return problem(`"${module}" is not among the sealed files${didYouMean(module, candidates)}`);
}

async function checkExport(module: string, name: string, files: Files): Promise<Problem[]> {
  const place = { pointer: "/entryPoint/export" };
  const scan = await scanExports(module, files);
  if ("failed" in scan) {
    return [
      {
        code: "E_ENTRY_POINT",
        message: `${module}: ${scan.failed}`,
        file: FUNCTION + module,
        ...(scan.line === undefined ? {} : { line: scan.line }),
      },
    ];
  }
  const problems: Problem[] = [];
  if (scan.ambiguous) {
    problems.push({
      code: "E_ENTRY_POINT",
      severity: "warning",
      message: `${module} has ES module syntax, and no package.json says "type": "module": Node parses it twice`,
      hint: 'Name it .mjs, or set "type": "module" in package.json.',
      file: FUNCTION + module,
    });
  }
  const first = name.split(".", 1)[0] ?? name;
  if (scan.names.has(first)) return problems;
  if (scan.unknown.length > 0) {
    problems.push({
      code: "E_ENTRY_POINT",
      severity: "warning",
      message: `whether ${module} exports "${first}" can't be told: it passes on all of ${scan.unknown.join(", ")}`,
      hint: `Export it by name: \`export { ${first} } from …\`.`,
      ...place,
    });
  } else if (scan.format === "commonjs" && scan.mentions(first)) {
    problems.push({
      code: "E_ENTRY_POINT",
      severity: "warning",
      message: `whether ${module} exports "${first}" can't be told without running it`,
      hint: `Assign it plainly: \`exports.${first} = …\`.`,
      ...place,
    });
  } else {
    problems.push({
      code: "E_ENTRY_POINT",
      message: `${module} does not export "${first}"${exportsOf(scan.names, first)}`,
      ...place,
    });
  }
  return problems;
}

function exportsOf(names: ReadonlySet<string>, wanted: string): string {
  const near = didYouMean(wanted, names);
  if (near !== "") return near;
  return names.size === 0 ? "; it exports nothing" : `; it exports ${[...names].slice(0, 8).join(", ")}`;
}

function failed(message: string, at: string, hint: string): CheckedEntry {
  return { entryPoint: { module: "" }, problems: [{ code: "E_ENTRY_POINT", message, pointer: at, hint }] };
}
