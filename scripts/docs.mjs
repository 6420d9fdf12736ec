/**
 * Writes the pages that are made from the code, docs/{cli,config,errors,limits}.md, the files that docs/adapters/writing.md
 * quotes, and schemas/*.schema.json.
 * It reads the built tree. With --check it writes nothing and fails when a file is not what it would write.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const root = fileURLToPath(new URL("../", import.meta.url));
const built = (path) => import(new URL(`../dist/${path}`, import.meta.url).href);

const { codes } = await built("src/errors.js");
const { config, targetCommon } = await built("src/config/schema.js");
const { configJsonSchema } = await built("src/config/json-schema.js");
const { author } = await built("src/package/author.js");
const { manifest } = await built("src/package/manifest.js");
const { commands } = await built("src/cli/commands/index.js");
const { helpOf } = await built("src/cli/args.js");
const { loadTarget, targetNames } = await built("adapters/index.js");
const targets = await Promise.all(targetNames.map(loadTarget));

const made = (from) => `<!-- Made from ${from} by \`npm run docs\`. Do not edit. -->\n\n`;
const files = {
  "docs/cli.md": await cliPage(),
  "docs/config.md": configPage(),
  "docs/errors.md": errorsPage(),
  "docs/limits.md": limitsPage(),
  "docs/adapters/writing.md": quoted("docs/adapters/writing.md"),
  "schemas/author.schema.json": document(author, "function-package.yaml, what `fnpkg pack` reads"),
  "schemas/config.schema.json": configDocument(),
  "schemas/manifest.schema.json": document(manifest, "function-package.json, the sealed manifest"),
};

const check = process.argv.includes("--check");
const stale = Object.entries(files).filter(([path, text]) => read(path) !== text);
for (const [path, text] of stale) {
  if (check) {
    console.error(`${path} is not what the code says; run \`npm run docs\``);
    continue;
  }
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  console.log(`wrote ${path}`);
}
if (check && stale.length > 0) process.exitCode = 1;

function read(path) {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined;
}

/** A page with the files that it quotes, `<!-- from PATH -->` before a block, as they are. */
function quoted(page) {
  return read(page).replace(/^(<!-- from (\S+) -->\n```\w+\n)[\s\S]*?^```$/gm, (_, head, path) => `${head}${read(path)}\`\`\``);
}

// ---- JSON Schema --------------------------------------------------------------------------------------------------------

function schemaOf(type) {
  return z.toJSONSchema(type, { io: "input", unrepresentable: "any", reused: "inline" });
}

function document(type, title) {
  const { $schema, ...rest } = schemaOf(type);
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}

function configDocument() {
  const schema = configJsonSchema({ targets: Object.fromEntries(targets.map((target) => [target.name, target.config])) });
  return `${JSON.stringify(shared(schema), null, 2)}\n`;
}

/** The same schema with the larger parts that stand in it more than once under `$defs`. */
function shared(schema) {
  const seen = new Map();
  const count = (node, name) => {
    const text = JSON.stringify(node);
    const known = seen.get(text);
    seen.set(text, { name: known?.name ?? name, times: (known?.times ?? 0) + 1 });
    mapParts(node, (part, inner) => (count(part, inner ?? name), part));
  };
  count(schema, "root");
  const defs = {};
  const names = new Map();
  const replace = (node, root) => {
    const text = JSON.stringify(node);
    const { name, times } = seen.get(text);
    if (root || times === 1 || text.length < 300) return mapParts(node, (part) => replace(part, false));
    if (!names.has(text)) {
      const taken = [...names.values()].filter((other) => other.replace(/\d+$/, "") === name).length;
      names.set(text, taken === 0 ? name : `${name}${taken + 1}`);
      defs[names.get(text)] = mapParts(node, (part) => replace(part, false));
    }
    return { $ref: `#/$defs/${names.get(text)}` };
  };
  const { $defs, ...rest } = replace(schema, true);
  return { ...rest, $defs: { ...$defs, ...defs } };
}

/** A schema with its direct parts changed; `change` is told the property that a part stands under. */
function mapParts(schema, change) {
  const result = { ...schema };
  const isSchema = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  for (const key of ["items", "additionalProperties", "propertyNames"])
    if (isSchema(schema[key])) result[key] = change(schema[key]);
  for (const key of ["anyOf", "oneOf", "allOf"])
    if (schema[key] !== undefined) result[key] = schema[key].map((part) => change(part));
  for (const key of ["properties", "$defs"]) {
    if (schema[key] === undefined) continue;
    result[key] = Object.fromEntries(Object.entries(schema[key]).map(([name, part]) => [name, change(part, name)]));
  }
  return result;
}

// ---- Pages --------------------------------------------------------------------------------------------------------------

function cell(text) {
  return String(text).replaceAll("|", "\\|").replaceAll("\n", " ");
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line), ""].join("\n");
}

function typeOf(schema) {
  if (schema === undefined || schema === true) return "any";
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(" · ");
  if (namesResource(schema)) return "name of a resource";
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return [...new Set(branches.map(typeOf))].join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  if (schema.type === "object")
    return schema.properties === undefined ? `map of name to ${grouped(typeOf(schema.additionalProperties))}` : "map";
  return schema.type ?? "any";
}

function grouped(type) {
  return / (of|or) /.test(type) ? `(${type})` : type;
}

/** `NAME`, or `{ resource: NAME }`. */
function namesResource(schema) {
  return schema.anyOf?.some((branch) => Object.keys(branch.properties ?? {}).join() === "resource") ?? false;
}

/** Depth first; lists of maps as `key[]`, maps by name as `key.NAME`. */
function rowsOf(schema, path, required) {
  const rows = [];
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const at = path === "" ? name : `${path}.${name}`;
    const needed = (schema.required ?? []).includes(name);
    rows.push([`\`${at}\``, typeOf(member), defaultOf(member, needed, required), withoutDefault(member.description ?? "")]);
    rows.push(...nested(member, at, needed));
  }
  return rows;
}

function nested(schema, path, required) {
  if (schema.oneOf !== undefined || namesResource(schema)) return [];
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((branch) => nested(branch, path, required));
  if (schema.type === "array") return nested(schema.items ?? {}, `${path}[]`, required);
  if (schema.type !== "object") return [];
  const open =
    typeof schema.additionalProperties === "object" ? nested(schema.additionalProperties, `${path}.NAME`, required) : [];
  return [...rowsOf(schema, path, required), ...open];
}

function defaultOf(schema, needed) {
  if (needed) return "**required**";
  const said = /\bDefault: (.+?)\.?$/s.exec(schema.description ?? "")?.[1];
  if (said !== undefined)
    return schema.default === undefined ? said : said.replace(String(schema.default), `\`${schema.default}\``);
  return schema.default === undefined ? "" : `\`${JSON.stringify(schema.default)}\``;
}

function withoutDefault(description) {
  return description.replace(/ ?\bDefault: .+$/s, "");
}

function configPage() {
  const whole = schemaOf(config);
  const head = ["key", "type", "default", "meaning"];
  const { targets: sectionsOf, stages, ...keys } = whole.properties;
  const rows = rowsOf({ ...whole, properties: keys }, "");
  const sections = targets.map(
    (target) => `### \`targets.${target.name}\`\n\n${table(head, rowsOf(schemaOf(target.config), ""))}`,
  );
  const triggers = whole.properties.triggers.items.oneOf.map(
    (trigger) =>
      `### \`${trigger.properties.type.const}\`\n\n${trigger.properties.type.description}\n\n${table(head, rowsOf(trigger, ""))}`,
  );
  return (
    `# Configuration\n\n${made("src/config/schema.ts and the targets' config.ts")}` +
    "`function-config.yaml` says how one package runs: values, triggers and the vendors' own ids. Unknown keys are errors.\n" +
    "An editor that knows JSON Schema can check it against [`schemas/config.schema.json`](../schemas/config.schema.json).\n\n" +
    "A resource is named by its entry under `resources`: `NAME`, or `{ resource: NAME }`.\n" +
    "Sizes are whole numbers and `Mi` or `Gi`, times whole numbers and `s` or `m`. In string values `${env:NAME}`,\n" +
    "`${env:NAME:-default}`, `${stage}`, `${target}` and `${package.name}`, `.version`, `.digest` are filled in once, after the\n" +
    "merge; `$${` is a literal `${`.\n\n" +
    "The layers, each a merge patch onto the ones before (`null` deletes, lists replace, `triggers` merge by `name` and\n" +
    "`type: null` removes one): the document, `targets.T.override`, `stages.S`, `stages.S.targets.T.override`, `--set`.\n" +
    "`fnpkg explain` prints each final value with the layer, file and line it came from.\n\n" +
    `## Keys\n\n${table(
      head,
      rows.filter(([key]) => key !== undefined),
    )}\n` +
    `## Triggers\n\nA function has one signature: either one \`http\` trigger, or any number of the others.\n\n${triggers.join("\n")}\n` +
    `## Targets\n\n${sectionsOf.description} Every section takes:\n\n${table(head, rowsOf(schemaOf(z.object(targetCommon)), ""))}\n${sections.join("\n")}\n` +
    `## Stages\n\n${stages.description}\n`
  );
}

function errorsPage() {
  const rows = Object.entries(codes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { summary, hint, exit }]) => [`<a id="${code.toLowerCase()}"></a>\`${code}\``, summary, hint, exit]);
  return (
    `# Errors\n\n${made("src/errors.ts")}` +
    "Every failure has a stable code. A run collects all problems before it fails; each has a message, a JSON pointer or entry\n" +
    "name, file and line where they are known, and a hint. With `--json` a failure is one document:\n\n" +
    '```json\n{"error":{"code":"E_UNBOUND_ENV","message":"…","hint":"…","problems":[{"code":"E_UNBOUND_ENV","message":"…","pointer":"/env","file":"function-config.yaml","line":7,"target":"aws-lambda","hint":"…"}]}}\n```\n\n' +
    "Exit statuses: `0` done · `1` the vendor or the machine failed · `2` the command line is off · `3` package, configuration or\n" +
    "check is invalid · `4` refused: not ours, a lost race, a plan that no longer holds · `130` interrupted.\n\n" +
    table(["code", "meaning", "what to do", "exit"], rows)
  );
}

function limitText(row) {
  const unit = row.unit === undefined ? "" : ` ${row.unit}`;
  const number = (value) => (typeof value === "number" ? value.toLocaleString("en-US").replaceAll(",", " ") : value);
  switch (row.type) {
    case "range": {
      const step = row.step === undefined || row.step === 1 ? "" : `, in steps of ${number(row.step)}`;
      if (row.min === row.max) return `${number(row.min)}${unit}`;
      if (row.min === undefined) return `at most ${number(row.max)}${unit}${step}`;
      return row.max === undefined
        ? `at least ${number(row.min)}${unit}${step}`
        : `${number(row.min)} to ${number(row.max)}${unit}${step}`;
    }
    case "choice":
      return `one of ${row.values.map(number).join(", ")}${unit}`;
    case "pattern":
      return row.expected;
    case "missing":
      return sentences(row.values === undefined ? "not there" : `not there: ${row.values.join(", ")}`, row.note, row.instead);
    case "reserved": {
      const names = [...(row.names ?? []), ...(row.prefixes ?? []).map((prefix) => `${prefix}*`)];
      return `reserved: ${names.map((name) => `\`${name}\``).join(", ")}`;
    }
    case "ratio":
      return `\`${row.of}\` ÷ ${number(row.per)}, to ${row.digits} decimals`;
    case "same":
      return `its ${row.part} is \`${row.of}\``;
    case "required":
      return sentences(`needed at \`${row.at}\``, row.note, row.instead);
    case "cron":
      return {
        or: "POSIX schedules",
        and: "day of month and day of week must both hold",
        one: "day of month or day of week, one restricted",
      }[row.days];
    default:
      throw new Error(`limit ${row.id} has the unknown type ${row.type}`);
  }
}

/** What, why, and what to do instead. */
function sentences(what, why, instead) {
  const advice = `${instead[0].toUpperCase()}${instead.slice(1)}`.replace(/\.?$/, ".");
  return `${[what, why].filter(Boolean).join("; ")}. ${advice}`;
}

function whenText(when) {
  if (when === undefined) return "";
  const { trigger, signature, fact } = when;
  const parts = [];
  if (signature !== undefined) parts.push(`signature ${signature}`);
  if (trigger !== undefined) parts.push(`${[trigger].flat().join(", ")} trigger`);
  for (const { field, min, max, is, matches, absent } of fact === undefined ? [] : [fact].flat()) {
    const bounds = [
      min === undefined ? "" : `≥ ${min}`,
      max === undefined ? "" : `≤ ${max}`,
      is === undefined ? "" : `is ${is.join(" or ")}`,
      matches === undefined ? "" : `matches \`${matches.source}\``,
      absent === true ? "is not given" : "",
    ];
    parts.push(`\`${field}\` ${bounds.filter(Boolean).join(" and ")}`);
  }
  return parts.join(", ");
}

/** An address as a link; the name of a vendor's artefact as it is. */
function sourceText(source) {
  return URL.canParse(source) && /^https?:/.test(source) ? `[${new URL(source).hostname}](${source})` : source;
}

/** What `--traffic` can be. */
function trafficText(traffic) {
  if (traffic === undefined) return "`--traffic` is not there: a deploy moves everything at once.\n";
  const shares = traffic.step === undefined ? "any share" : `shares in steps of ${traffic.step * 100}%`;
  return `\`--traffic\` takes ${shares} (${sourceText(traffic.source)}, ${traffic.checked}).\n`;
}

function limitsPage() {
  const sections = targets.map(({ name, limits }) => {
    const runtimes = Object.entries(limits.runtimes).flatMap(([profile, versions]) =>
      versions.map(({ version, status, until, source, checked }) => [
        profile,
        version,
        status,
        until ?? "",
        sourceText(source),
        checked,
      ]),
    );
    const platforms = limits.platforms.map(({ os, architecture, libc, glibc, source, checked }) => [
      `${os}/${architecture}`,
      [libc, glibc].filter(Boolean).join(" "),
      sourceText(source),
      checked,
    ]);
    const rows = limits.rows.map((row) => [
      `\`${row.id}\``,
      `\`${row.field}\``,
      whenText(row.when),
      row.type === "missing" || row.type === "required" ? limitText(row) : [limitText(row), row.note].filter(Boolean).join("; "),
      sourceText(row.source),
      row.checked,
    ]);
    return [
      `## ${name}\n`,
      table(["runtime", "version", "status", "until", "source", "checked"], runtimes),
      table(["platform", "C library", "source", "checked"], platforms),
      table(["limit", "fact", "when", "what the target takes", "source", "checked"], rows),
      trafficText(limits.traffic),
    ].join("\n");
  });
  return (
    `# Limits\n\n${made("the targets' limits.ts")}` +
    "What each target takes, as `fnpkg check` holds a package and its configuration against it, offline. A value outside is\n" +
    "[`E_TARGET_LIMIT`](errors.md#e_target_limit), a thing the target doesn't have is [`E_CAPABILITY`](errors.md#e_capability),\n" +
    "with the field, the value and the nearest legal values. Nothing is clamped or left out in silence. `checked` is the day on\n" +
    "which the source was looked up.\n\n" +
    sections.join("\n")
  );
}

async function cliPage() {
  const parts = await Promise.all(
    Object.entries(commands).map(
      async ([name, { load }]) => `## ${name}\n\n\`\`\`text\n${helpOf((await load()).default).trimEnd()}\n\`\`\`\n`,
    ),
  );
  return (
    `# Command line\n\n${made("src/cli/commands")}` +
    "Every command is a front over a library function of the same meaning. With `--json` standard output holds JSON and nothing\n" +
    "else; words for people go to standard error. `fnpkg --version` prints the version. Exit statuses and codes: [errors](errors.md).\n\n" +
    parts.join("\n")
  );
}
