/** The grammar of placeholders. Closed: no expressions, no files, no commands, no nesting. */

export type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "env"; readonly name: string; readonly byDefault?: string }
  | { readonly kind: "stage" }
  | { readonly kind: "target" }
  | { readonly kind: "package"; readonly field: "name" | "version" | "digest" };

export interface Template {
  readonly parts: readonly Part[];
  /** What is wrong with it, in words; never quotes what is outside of a placeholder. */
  readonly faults: readonly string[];
}

const FORMS = "${env:NAME}, ${env:NAME:-default}, ${stage}, ${target}, ${package.name}, ${package.version} and ${package.digest}";

/** Splits a string into text and placeholders. `$${` is a literal `${`. */
export function parseTemplate(source: string): Template {
  const parts: Part[] = [];
  const faults: string[] = [];
  let literal = "";
  const flush = () => {
    if (literal !== "") parts.push({ kind: "text", text: literal });
    literal = "";
  };
  for (let at = 0; at < source.length;) {
    if (source.startsWith("$${", at)) {
      literal += "${";
      at += 3;
    } else if (source.startsWith("${", at)) {
      const end = source.indexOf("}", at);
      if (end < 0) {
        faults.push('a "${" is not closed; write "$${" for a literal one');
        break;
      }
      flush();
      const part = placeholder(source.slice(at + 2, end));
      if (typeof part === "string") faults.push(part);
      else parts.push(part);
      at = end + 1;
    } else {
      literal += source[at];
      at++;
    }
  }
  flush();
  return { parts, faults };
}

/** Whether a string holds a placeholder, right or wrong; `$${` is none. */
export function hasPlaceholder(source: string): boolean {
  if (!source.includes("${")) return false;
  const { parts, faults } = parseTemplate(source);
  return faults.length > 0 || parts.some((part) => part.kind !== "text");
}

function placeholder(body: string): Part | string {
  if (body === "stage" || body === "target") return { kind: body };
  if (body === "package.name" || body === "package.version" || body === "package.digest") {
    return { kind: "package", field: body.slice("package.".length) as "name" | "version" | "digest" };
  }
  if (body.startsWith("env:")) {
    const split = body.indexOf(":-");
    const name = split < 0 ? body.slice(4) : body.slice(4, split);
    const byDefault = split < 0 ? undefined : body.slice(split + 2);
    if (name === "") return "${env:} names no variable";
    if (name.includes("${")) return "placeholders can't be nested";
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return `"${name}" in \${env:…} is not a variable's name`;
    if (byDefault?.includes("${")) return `placeholders can't be nested: the default of \${env:${name}} holds one`;
    if (byDefault?.includes("{")) return `the default of \${env:${name}} can't hold a brace`;
    return byDefault === undefined ? { kind: "env", name } : { kind: "env", name, byDefault };
  }
  if (body.includes("${")) return "placeholders can't be nested";
  return `\${${body}} is no placeholder; there are ${FORMS}`;
}
