/** Evaluates a target's limits on facts. Nothing is clamped: every value outside is a finding with what is legal near it. */
import type { FactCondition, Limit, RatioLimit, RequiredLimit, When } from "../contract.ts";
import type { Code, Problem } from "../errors.ts";
import { pointer } from "../json.ts";
import { didYouMean } from "../schema.ts";
import { cronLoss } from "./cron.ts";
import { factFields, factUnits, type Fact, type FactField, type FactSet } from "./fact.ts";
import { listed, nearestOf, outsideOf, round, shown, takenBy } from "./limit-values.ts";

/** One problem, with what a machine may want to know of the limit. */
export interface Finding extends Problem {
  /** The value that was refused. Never that of an environment variable, a secret or a secret's reference. */
  readonly value?: string | number | boolean;
  /** The legal values nearest to it. */
  readonly nearest?: readonly (string | number)[];
  /** The row of the target's table, such as `timeout.http`. */
  readonly limit?: string;
  /** Where the target's vendor says so. */
  readonly source?: string;
}

/** Every finding of every row, in the order of the facts. `sensitive` are pointers to values that are never shown. */
export function evaluate(target: string, rows: readonly Limit[], set: FactSet, sensitive: readonly string[] = []): Finding[] {
  const hidden = (fact: Fact) =>
    // The secret itself is what is written there by mistake.
    fact.field === "secret.id" ||
    (fact.document === undefined && sensitive.some((at) => fact.pointer === at || fact.pointer.startsWith(`${at}/`)));
  const required = rows.flatMap((row) => (row.type === "required" ? missingFact(target, row, set) : []));
  const found = set.facts.flatMap((fact) =>
    rows.flatMap((row) =>
      row.field === fact.field && holds(row.when, fact, set) ? violation({ target, row, fact, hidden: hidden(fact) }, set) : [],
    ),
  );
  return [...found, ...required];
}

/** Whether a row's condition holds for a fact. */
export function holds(when: When | undefined, fact: Pick<Fact, "scope">, set: FactSet): boolean {
  if (when === undefined) return true;
  if (when.signature !== undefined && when.signature !== set.signature) return false;
  if (when.trigger !== undefined) {
    const types: readonly string[] = typeof when.trigger === "string" ? [when.trigger] : when.trigger;
    const own = set.triggers.get(fact.scope);
    if (own === undefined ? ![...set.triggers.values()].some((type) => types.includes(type)) : !types.includes(own)) return false;
  }
  const conditions: readonly FactCondition[] = when.fact === undefined ? [] : "field" in when.fact ? [when.fact] : when.fact;
  // A function's row sees all facts; any other sees its own scope and the function's.
  const visible = fact.scope === "" ? set.facts : set.facts.filter(({ scope }) => scope === fact.scope || scope === "");
  return conditions.every((condition) => {
    const candidates = visible.filter(({ field }) => field === condition.field);
    return condition.absent === true
      ? candidates.length === 0
      : candidates.some((candidate) => meets(candidate.value, condition));
  });
}

function meets(value: Fact["value"], { min, max, is, matches }: FactCondition): boolean {
  if (min !== undefined && !(typeof value === "number" && value >= min)) return false;
  if (max !== undefined && !(typeof value === "number" && value <= max)) return false;
  if (is !== undefined && !is.includes(value)) return false;
  return matches === undefined || matches.test(String(value));
}

function violation(about: About, set: FactSet): Finding[] {
  const { target, row, fact } = about;
  switch (row.type) {
    case "range":
    case "choice": {
      if (!outsideOf(row, fact.value)) return [];
      const nearest = nearestOf(row, fact.value);
      const near = nearest.map((value) => shown(value, row.unit));
      return [
        finding(
          about,
          "E_TARGET_LIMIT",
          `${what(about)}: ${target} takes ${takenBy(row)}${near.length === 0 ? "" : `; nearest: ${listed(near)}`}`,
          {
            nearest,
            hint:
              row.type === "range" && row.instead !== undefined
                ? row.instead
                : near.length === 0
                  ? "Leave it out for this target, or choose another target."
                  : `Use ${listed(near, "or")}.`,
          },
        ),
      ];
    }
    case "pattern":
      if (row.pattern.test(String(fact.value))) return [];
      return [
        finding(about, "E_TARGET_LIMIT", `${what(about)}: ${target} takes ${row.expected}`, { hint: `Use ${row.expected}.` }),
      ];
    case "missing":
      if (row.values !== undefined && !row.values.includes(fact.value)) return [];
      return [finding(about, "E_CAPABILITY", `${what(about)}: ${target} does not have it`, { hint: row.instead })];
    case "reserved": {
      const name = String(fact.value);
      const prefix = row.prefixes?.find((start) => name.startsWith(start));
      if (prefix === undefined && row.names?.includes(name) !== true) return [];
      const whose = prefix === undefined ? "the name" : `names that begin with ${prefix}`;
      return [
        finding(about, "E_RESERVED_ENV", `${what(about)}: ${target} keeps ${whose} for itself`, { hint: "Choose another name." }),
      ];
    }
    case "ratio":
      return ratio(about, row, set);
    case "same": {
      const part = row.pattern.exec(String(fact.value))?.[1];
      const base = set.facts.find(({ field, scope }) => field === row.of && (scope === "" || scope === fact.scope))?.value;
      if (part === undefined || base === undefined || part === String(base)) return [];
      const said = about.hidden ? "another one" : `"${part}"`;
      return [
        finding(about, "E_TARGET_LIMIT", `${what(about)}: its ${row.part} is ${said}, ${labelOf(row.of)} is "${base}"`, {
          hint: `Use one whose ${row.part} is ${base}, or change \`${labelOf(row.of)}\`.`,
        }),
      ];
    }
    case "cron": {
      const loss = cronLoss(String(fact.value), row.days);
      if (loss === undefined) return [];
      const texts = loss.nearest.map((text) => `"${text}"`);
      return [
        finding(about, "E_CRON", `${what(about)}: ${loss.reason}`, {
          ...(about.hidden ? {} : { nearest: loss.nearest }),
          hint: about.hidden ? "Use two schedule triggers." : `Use two schedule triggers, ${listed(texts, "and")}.`,
        }),
      ];
    }
    case "required":
      return [];
  }
}

function ratio(about: About, row: RatioLimit, set: FactSet): Finding[] {
  const { fact, target } = about;
  const base = set.facts.find(({ field, scope }) => field === row.of && scope === fact.scope)?.value;
  if (typeof base !== "number" || typeof fact.value !== "number") return [];
  const legal = round(base / row.per, row.digits);
  if (Math.abs(fact.value - base / row.per) <= 0.5 * 10 ** -row.digits + Number.EPSILON) return [];
  const other = `${labelOf(row.of)} to ${shown(Math.round(fact.value * row.per), factUnits[row.of])}`;
  return [
    finding(
      about,
      "E_TARGET_LIMIT",
      `${what(about)}: ${target} gives ${legal} to ${labelOf(row.of)} ${shown(base, factUnits[row.of])}; nearest: ${legal}`,
      {
        nearest: [legal],
        hint: `Use ${legal}, leave it out, or set ${other}.`,
      },
    ),
  ];
}

function missingFact(target: string, row: RequiredLimit, set: FactSet): Finding[] {
  if (set.facts.some(({ field }) => field === row.field) || !holds(row.when, { scope: "" }, set)) return [];
  const at = row.at.replaceAll("{target}", pointer(target).slice(1));
  const fact: Fact = { field: row.field, value: "", pointer: at, scope: "" };
  const missing = finding({ target, row, fact, hidden: true }, "E_TARGET", `${target} needs ${labelOf(row.field)}`, {
    hint: row.instead,
  });
  return [missing];
}

interface About {
  readonly target: string;
  readonly row: Limit;
  readonly fact: Fact;
  /** The value may not be shown. */
  readonly hidden: boolean;
}

function finding(
  { target, row, fact, hidden }: About,
  code: Code,
  message: string,
  more: { readonly nearest?: readonly (string | number)[]; readonly hint: string },
): Finding {
  return {
    code,
    message: row.note === undefined ? message : `${message} (${row.note})`,
    pointer: fact.pointer,
    ...(fact.document === "package" ? { file: "function-package.json" } : {}),
    target,
    hint: `${more.hint} See ${row.source} (${row.checked}).`,
    ...(hidden ? {} : { value: fact.value }),
    ...(more.nearest === undefined ? {} : { nearest: more.nearest }),
    limit: row.id,
    source: row.source,
  };
}

/** The fact in words: where it stands, what it is, its value. */
function what({ fact, hidden }: About): string {
  const where = fact.scope === "" || fact.scope.startsWith("secret ") ? "" : `trigger "${fact.scope}": `;
  const value = hidden ? "***" : typeof fact.value === "string" ? `"${fact.value}"` : shown(fact.value, factUnits[fact.field]);
  return `${where}${labelOf(fact.field)} ${value}`;
}

function labelOf(field: string): string {
  if (Object.hasOwn(factFields, field)) return factFields[field as FactField];
  return field.replace(/^section\./, "");
}

/** The rows whose field no fact has, with what may have been meant: a table's typing error. For an adapter's own tests. */
export function unknownFields(rows: readonly Limit[]): string[] {
  const named = rows.flatMap((row) => {
    const conditions = row.when?.fact === undefined ? [] : "field" in row.when.fact ? [row.when.fact] : row.when.fact;
    return [row.field, ...conditions.map(({ field }) => field), ...(row.type === "ratio" || row.type === "same" ? [row.of] : [])];
  });
  const fields = Object.keys(factFields);
  return [...new Set(named)]
    .filter((field) => !field.startsWith("section.") && !fields.includes(field))
    .map((field) => `${field}${didYouMean(field, fields)}`);
}
