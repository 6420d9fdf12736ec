/** Dispatch: the command's words to its code, failures to an exit status. */
import { FnpkgError, reasonOf } from "../errors.ts";
import { didYouMean } from "../schema.ts";
import { columns, helpOf, parse } from "./args.ts";
import { commands, isCommand } from "./commands/index.ts";
import { printFailure } from "./failure.ts";
import { flush, makeIo } from "./io.ts";
import { interruption } from "./signals.ts";

/** Runs one command line and ends the process with its status. */
export async function run(argv: readonly string[], version: string): Promise<void> {
  process.stdout.on("error", onClosedPipe);
  process.stderr.on("error", onClosedPipe);
  const interrupts = interruption();
  const json = argv.includes("--json");
  const io = makeIo({ json, quiet: argv.includes("--quiet"), version, ...interrupts });
  let status = 0;
  try {
    status = await dispatch(argv, io, version);
  } catch (cause) {
    const error = cause instanceof FnpkgError ? cause : new FnpkgError("E_INTERNAL", `unexpected: ${reasonOf(cause)}`, { cause });
    status = error.exit;
    io.settle();
    printFailure(error, io);
    if (error.code === "E_INTERNAL" && process.env["FNPKG_DEBUG"] !== undefined) console.error(cause);
  }
  await flush();
  process.exit(status);
}

async function dispatch(argv: readonly string[], io: ReturnType<typeof makeIo>, version: string): Promise<number> {
  const [name, ...words] = argv;
  if (name === undefined || name === "--help" || name === "-h" || (name === "help" && words.length === 0)) {
    process.stdout.write(overview(version));
    return name === undefined ? 2 : 0;
  }
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const wanted = name === "help" ? (words[0] ?? "") : name;
  if (!isCommand(wanted)) {
    const what = wanted.startsWith("-") ? "option" : "command";
    throw new FnpkgError("E_USAGE", `unknown ${what} ${JSON.stringify(wanted)}${didYouMean(wanted, Object.keys(commands))}`);
  }
  const { default: definition } = await commands[wanted].load();
  const invocation = parse(definition, name === "help" ? ["--help"] : words);
  if (invocation.options.help) {
    process.stdout.write(helpOf(definition));
    return 0;
  }
  return (await definition.run(invocation, io)) ?? 0;
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
    "Everywhere: --json, --quiet, --help. `fnpkg COMMAND --help` says more.",
    "",
  ].join("\n");
}

/** The reader of our output went away (`| head`): nobody is left to tell. */
function onClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
}
