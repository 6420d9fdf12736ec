/** From words to a checked invocation, and the help text. */
import { parseArgs } from "node:util";
import { FnpkgError, type Problem, throwIfAny } from "../errors.ts";
import { didYouMean } from "../schema.ts";
import { type Argument, type Command, globalOptions, type Invocation, type OptionSpec, type OptionSpecs } from "./command.ts";

const shorts: { readonly [word: string]: string } = { "-h": "help", "-v": "version" };

/**
 * Reads a command's words. All problems of the line are reported together.
 * @throws E_USAGE
 */
export function parse<S extends OptionSpecs>(definition: Command<S>, words: readonly string[]): Invocation<S> {
  const specs: OptionSpecs = { ...definition.options, ...globalOptions };
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, { type: spec.type, multiple: true }])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const problems: Problem[] = [];
  const wrong = (message: string, hint = `Run \`fnpkg ${definition.name} --help\`.`) =>
    problems.push({ code: "E_USAGE", message, hint });
  const args: string[] = [];
  const seen = new Map<string, (string | boolean)[]>();
  for (const found of tokens) {
    if (found.kind === "positional") args.push(found.value);
    if (found.kind !== "option") continue;
    const token = { ...found, name: shorts[found.rawName] ?? found.name };
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
    if (spec === undefined) wrong(`unknown option ${token.rawName}${didYouMean(token.name, Object.keys(specs))}`);
    else if (spec.type === "boolean" && token.value !== undefined) wrong(`${token.rawName} takes no value`);
    else if (spec.type === "string" && (token.value === undefined || token.value === ""))
      wrong(`${token.rawName} needs a value: ${token.rawName} ${spec.value}`);
    else if (seen.has(token.name) && spec.type === "string" && spec.multiple !== true) wrong(`${token.rawName} stands twice`);
    else seen.set(token.name, [...(seen.get(token.name) ?? []), token.value ?? true]);
  }
  if (!seen.has("help") && !seen.has("version")) checkCounts(definition, args, seen, wrong);
  throwIfAny(problems, "the command line is off");
  const options = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, valueOf(spec, seen.get(name))]));
  return { args, options: options as Invocation<S>["options"] };
}

function valueOf(spec: OptionSpec, values: readonly (string | boolean)[] | undefined): unknown {
  if (spec.type === "boolean") return values !== undefined;
  return spec.multiple === true ? (values ?? []) : values?.[0];
}

function checkCounts<S extends OptionSpecs>(
  definition: Command<S>,
  args: readonly string[],
  seen: ReadonlyMap<string, unknown>,
  wrong: (message: string, hint?: string) => void,
): void {
  const needed = definition.args.filter((a) => a.optional !== true);
  for (const missing of needed.slice(args.length)) wrong(`${missing.name} is missing: ${missing.help}`);
  for (const extra of args.slice(definition.args.length)) wrong(`"${extra}" is one word too many`);
  for (const [name, spec] of Object.entries(definition.options)) {
    if (spec.required === true && !seen.has(name)) wrong(`--${name} ${spec.value} is missing: ${spec.help}`);
  }
}

/** `20m`, `90s`, `1h` in milliseconds. @throws E_USAGE */
export function durationOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const found = /^(\d{1,6})(s|m|h)$/.exec(text);
  const amount = Number(found?.[1]);
  if (found === null || amount === 0)
    throw new FnpkgError("E_USAGE", `${option} "${text}" is no time`, {
      hint: "Write a whole number above 0 and s, m or h, such as 20m.",
    });
  return amount * { s: 1000, m: 60_000, h: 3_600_000 }[found[2] as "s" | "m" | "h"];
}

/** `10%` as 0.1. @throws E_USAGE */
export function shareOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const percent = Number(/^(\d{1,3}(?:\.\d{1,2})?)%$/.exec(text)?.[1]);
  if (!(percent > 0 && percent <= 100))
    throw new FnpkgError("E_USAGE", `${option} "${text}" is no share of the traffic`, {
      hint: "Write a percentage above 0 and up to 100, such as 10%.",
    });
  // Two decimals of a percentage: 1.1% is 0.011, and not what a division leaves.
  return Math.round(percent * 100) / 10_000;
}

/** The help text of one command. */
export function helpOf(definition: Command): string {
  const usage = definition.args.map((a: Argument) => (a.optional === true ? `[${a.name}]` : a.name)).join(" ");
  const rows = Object.entries({ ...definition.options, ...globalOptions }).map(
    ([name, spec]: [string, OptionSpec]) =>
      [
        `--${name}${spec.value === undefined ? "" : ` ${spec.value}`}${spec.multiple === true ? " …" : ""}`,
        spec.help + (spec.required === true ? " (required)" : ""),
      ] as const,
  );
  const lines = [`fnpkg ${definition.name} ${usage}`.trimEnd(), "", definition.summary, ""];
  if (definition.args.length > 0) lines.push(...columns(definition.args.map((a) => [a.name, a.help])), "");
  return [...lines, "Options:", ...columns(rows)].join("\n");
}

/** Two aligned columns, indented. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
}
