#!/usr/bin/env node
/** The command line's entry. It loads a command's code only when that command runs. */
import { readFileSync } from "node:fs";

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-v")) {
  process.stdout.write(`${version()}\n`);
} else {
  const { run } = await import("./run.ts");
  await run(argv, version());
}

function version(): string {
  const file = new URL(import.meta.url.endsWith(".ts") ? "../../package.json" : "../../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
