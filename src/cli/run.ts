/** Dispatch: the command's words to its code, failures to an exit status. */
import { FnpkgError, reasonOf } from "../errors.ts";
import { didYouMean } from "../schema.ts";
import { columns, helpOf, parse } from "./args.ts";
import { commands, isCommand } from "./commands/index.ts";
import { printFailure } from "./failure.ts";
import { type Io, makeIo } from "./io.ts";
import { interruption } from "./signals.ts";

/** Runs one command line and ends the process with its status. */
export async function run(argv: readonly string[], version: string): Promise<void> {
  const io = makeIo({ json: argv.includes("--json"), quiet: argv.includes("--quiet"), ...interruption() });
  let status: number;
  try {
    status = await dispatch(argv, io, version);
  } catch (cause) {
    status = failed(cause, io);
  }
  try {
    await io.flush();
  } catch (cause) {
    // Standard output is no way to tell it.
    if (status === 0) status = failed(cause, { ...io, json: false });
  }
  process.exit(status);
}

function failed(cause: unknown, io: Io): number {
  const error = cause instanceof FnpkgError ? cause : new FnpkgError("E_INTERNAL", `unexpected: ${reasonOf(cause)}`, { cause });
  printFailure(error, io);
  if (error.code === "E_INTERNAL" && process.env["FNPKG_DEBUG"] !== undefined) console.error(cause);
  return error.exit;
}

async function dispatch(argv: readonly string[], io: Io, version: string): Promise<number> {
  const at = argv.findIndex((word) => word !== "--json" && word !== "--quiet");
  const name = argv[at];
  if (name === undefined) return nothingAsked(io, version);
  const words = [...argv.slice(0, at), ...argv.slice(at + 1)];
  if (name === "--version" || name === "-v") return answer(io, { version }, version);
  const named = words.find((word) => !word.startsWith("-"));
  if (name === "--help" || name === "-h" || (name === "help" && named === undefined)) {
    const help = overview(version);
    return answer(io, { help }, help);
  }
  const wanted = name === "help" ? (named ?? "") : name;
  if (!isCommand(wanted)) {
    const what = wanted.startsWith("-") ? "option" : "command";
    throw new FnpkgError("E_USAGE", `unknown ${what} ${JSON.stringify(wanted)}${didYouMean(wanted, Object.keys(commands))}`);
  }
  const { default: definition } = await commands[wanted].load();
  const invocation = parse(definition, name === "help" ? ["--help"] : words);
  if (invocation.options.help) {
    const help = helpOf(definition);
    return answer(io, { help }, help);
  }
  if (invocation.options.version) return answer(io, { version }, version);
  return (await definition.run(invocation, io)) ?? 0;
}

function answer(io: Io, document: unknown, text: string): number {
  if (io.json) io.document(document);
  else io.line(text);
  return 0;
}

function nothingAsked(io: Io, version: string): number {
  if (io.json) throw new FnpkgError("E_USAGE", "COMMAND is missing", { hint: "Run `fnpkg --help`." });
  io.warn(overview(version));
  return 2;
}

function overview(version: string): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => [name, summary] as const);
  return [
    `fnpkg ${version}: package a function once, run the same bytes anywhere`,
    "",
    "fnpkg COMMAND [ARGUMENTS] [OPTIONS]",
    "",
    ...columns(rows),
    "",
    "Everywhere: --json, --quiet, --help, --version. `fnpkg COMMAND --help` says more.",
  ].join("\n");
}
