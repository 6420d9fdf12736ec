/** Schedule expressions: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html */

const months = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC";
const days = "SUN|MON|TUE|WED|THU|FRI|SAT";

interface Field {
  readonly least: number;
  readonly most: number;
  readonly names?: string;
  /** Forms of this field alone. */
  readonly own?: RegExp;
}

/** Minutes, hours, day of the month, month, day of the week, year. */
const fields: readonly Field[] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31, own: /^(\?|L|LW|\d{1,2}W)$/ },
  { least: 1, most: 12, names: months },
  { least: 1, most: 7, names: days, own: /^(\?|L|[1-7]L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)#[1-5])$/i },
  { least: 1970, most: 2199 },
];

export function isExpression(text: string): boolean {
  const [, kind, body = ""] = /^(at|rate|cron)\((.*)\)$/.exec(text) ?? [];
  if (kind === "at") return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(body) && Number.isFinite(Date.parse(`${body}Z`));
  if (kind === "rate") return /^[1-9]\d* (minutes?|hours?|days?)$/.test(body);
  return kind === "cron" && isCron(body);
}

function isCron(body: string): boolean {
  const parts = body.split(" ");
  const [, , dayOfMonth, , dayOfWeek] = parts;
  // One of the two days says "?", never both.
  if (parts.length !== fields.length || (dayOfMonth === "?") === (dayOfWeek === "?")) return false;
  return fields.every((field, index) => isField(parts[index] ?? "", field));
}

function isField(text: string, field: Field): boolean {
  return field.own?.test(text) === true || text.split(",").every((item) => isItem(item, field));
}

function isItem(item: string, field: Field): boolean {
  const [, from = "", to, step] = /^([^-/]+)(?:-([^-/]+))?(?:\/(\d+))?$/.exec(item) ?? [];
  if (step !== undefined && Number(step) < 1) return false;
  if (from === "*") return to === undefined;
  return isValue(from, field) && (to === undefined || isValue(to, field));
}

function isValue(text: string, { least, most, names }: Field): boolean {
  if (names !== undefined && new RegExp(`^(${names})$`, "i").test(text)) return true;
  return /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;
}

export function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "" && /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}
