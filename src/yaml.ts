/**
 * The strict reader of every document that people write: YAML 1.2 core schema or JSON, one document, no anchors, aliases,
 * tags, merge keys, duplicate keys or directives. What it accepts has exactly one reading.
 */
import { CST, isMap, isScalar, isSeq, Lexer, LineCounter, parseAllDocuments, type ParsedNode } from "yaml";
import { FnpkgError, withHint, type Code, type Problem } from "./errors.ts";
import { pointer, type Json } from "./json.ts";
import { isPrototypeKey } from "./schema.ts";

/** A place in a text file; both are 1-based. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface StrictDocument {
  readonly value: Json;
  /** Where a JSON pointer's key or item stands; for one that is not there, its nearest parent that is. */
  locate(pointer: string): Place | undefined;
}

export interface StrictOptions {
  /** The name that problems carry. */
  readonly file?: string;
  /** Bytes of UTF-8; default 1 MiB. */
  readonly maxBytes?: number;
}

export const MAX_YAML_BYTES = 1024 * 1024;
export const MAX_YAML_DEPTH = 32;

/**
 * Reads YAML or JSON. A byte order mark and CRLF are fine; UTF-16 is not.
 * @throws FnpkgError E_YAML with every problem found, each with file, line and pointer; E_KEY for a key that could reach an
 * object's prototype; E_LIMIT above `maxBytes`.
 */
export function parseStrict(input: string | Uint8Array, options: StrictOptions = {}): StrictDocument {
  const text = decode(input, options).replace(/^\uFEFF/, "");
  const lines = new LineCounter();
  const problems: Problem[] = [];
  const report: Report = (code, message, offset, at, hint) => {
    const { line, col } = lines.linePos(offset);
    problems.push(
      withHint({
        code,
        message: `${message} (column ${col})`,
        line,
        ...(at === undefined ? {} : { pointer: pointer(...at) }),
        ...(options.file === undefined ? {} : { file: options.file }),
        ...(hint === undefined ? {} : { hint }),
      }),
    );
  };
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines.addNewLine(at + 1);

  scan(text, report);
  if (problems.length > 0) throw failure(problems, options.file);

  const documents = parseAllDocuments<ParsedNode>(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    strict: true,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: "silent",
  });
  const [document, second] = Array.isArray(documents) ? documents : [];
  for (const found of [...(document?.errors ?? []), ...(document?.warnings ?? [])]) {
    report("E_YAML", found.code === "DUPLICATE_KEY" ? "the same key stands here twice" : oneLine(found.message), found.pos[0]);
  }
  if (second !== undefined)
    report("E_YAML", "a second document begins here; one file holds one document", second.range?.[0] ?? 0);

  const places = new Map<string, number>([["", 0]]);
  const value = document?.contents == null ? null : convert(document.contents, [], places, report);
  if (problems.length > 0) throw failure(problems, options.file);
  return {
    value,
    locate(at) {
      for (let pointer = at; ; pointer = pointer.slice(0, pointer.lastIndexOf("/"))) {
        const offset = places.get(pointer);
        if (offset !== undefined) {
          const { line, col } = lines.linePos(offset);
          return { line, column: col };
        }
        if (!pointer.includes("/")) return undefined;
      }
    },
  };
}

type Path = readonly (string | number)[];
type Report = (code: Code, message: string, offset: number, at?: Path, hint?: string) => void;

function decode(input: string | Uint8Array, { file, maxBytes = MAX_YAML_BYTES }: StrictOptions): string {
  const fail = (code: Code, message: string) => new FnpkgError(code, message, file === undefined ? {} : { file });
  const size = typeof input === "string" ? Buffer.byteLength(input) : input.byteLength;
  if (size > maxBytes) throw fail("E_LIMIT", `${file ?? "the document"} has ${size} bytes; the limit is ${maxBytes}`);
  let text = input;
  if (typeof text !== "string") {
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text);
    } catch {
      throw fail("E_YAML", "the text is not UTF-8; save it as UTF-8");
    }
  }
  const control = /(?![\t\n\r\u0085])[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u.exec(text);
  if (control !== null) {
    const code = control[0].codePointAt(0) ?? 0;
    const why = code === 0 || code === 0xfffe ? "; is it UTF-16? Save it as UTF-8" : "";
    throw fail(
      "E_YAML",
      `the text holds the character U+${code.toString(16).toUpperCase().padStart(4, "0")}, which is not allowed${why}`,
    );
  }
  return text;
}

/** One pass over the tokens, before anything recursive: forbidden features and depth. */
function scan(text: string, report: Report): void {
  let offset = 0;
  // Indicators that could each nest once more: in the line outside of brackets, and in the entry within each of them.
  let marks = [0];
  // What stands there is never quoted: a password may begin with *, &, ! or %.
  for (const source of new Lexer().lex(text)) {
    const type = CST.tokenType(source);
    switch (type) {
      case "doc-mode":
      case "flow-error-end":
      case "scalar":
        continue;
      case "anchor":
      case "alias":
        report(
          "E_YAML",
          `${type === "alias" ? "aliases" : "anchors"} are not allowed`,
          offset,
          undefined,
          type === "alias"
            ? "Write the value out; quote it if it begins with *."
            : "Write the value out at every place; quote it if it begins with &.",
        );
        break;
      case "tag":
        report("E_YAML", "tags are not allowed", offset, undefined, "Remove the tag; quote the value if it is a string.");
        break;
      case "directive-line":
        if (!/^%YAML 1\.2\s*$/.test(source)) report("E_YAML", "this directive is not allowed; documents are YAML 1.2", offset);
        break;
      case "flow-map-start":
      case "flow-seq-start":
        marks.push(0);
        break;
      case "flow-map-end":
      case "flow-seq-end":
        if (marks.length > 1) marks.pop();
        break;
      case "comma":
        marks[marks.length - 1] = 0;
        break;
      case "seq-item-ind":
      case "explicit-key-ind":
      case "map-value-ind":
        marks[marks.length - 1] = (marks.at(-1) ?? 0) + 1;
        break;
      case "newline":
        if (marks.length === 1) marks = [0];
        break;
      default:
    }
    if (marks.length > MAX_YAML_DEPTH + 1 || (marks.at(-1) ?? 0) > MAX_YAML_DEPTH) {
      report("E_YAML", `nested deeper than ${MAX_YAML_DEPTH} levels`, offset);
      return;
    }
    offset += source.length;
  }
}

function convert(node: ParsedNode, path: Path, places: Map<string, number>, report: Report): Json {
  const start = node.range[0];
  if (path.length > MAX_YAML_DEPTH) {
    report("E_YAML", `nested deeper than ${MAX_YAML_DEPTH} levels`, start, path);
    return null;
  }
  if (isScalar(node)) return scalar(node.value, node.source, start, path, report);
  if (isSeq(node)) {
    return node.items.map((item, index) => {
      const at = [...path, index];
      const child = item;
      places.set(pointer(...at), child.range[0]);
      return convert(child, at, places, report);
    });
  }
  if (!isMap(node)) {
    report("E_YAML", "aliases are not allowed", start, path);
    return null;
  }
  const result: Record<string, Json> = {};
  for (const pair of node.items) {
    const key = pair.key as ParsedNode | null;
    const offset = key?.range[0] ?? start;
    if (!isScalar(key) || typeof key.value !== "string") {
      const shown = isScalar(key)
        ? `the key ${JSON.stringify(key.source ?? String(key.value))} is no string`
        : "a key is no string";
      report("E_YAML", shown, offset, path, "Quote the key.");
      continue;
    }
    const name = key.value;
    const at = [...path, name];
    if (isPrototypeKey(name)) {
      report("E_KEY", `the key "${name}" is not allowed`, offset, at);
      continue;
    }
    if (name === "<<") report("E_YAML", "merge keys are not allowed", offset, at, "Write the merged fields out.");
    places.set(pointer(...at), offset);
    result[name] = pair.value == null ? null : convert(pair.value, at, places, report);
  }
  return result;
}

function scalar(value: unknown, source: string | undefined, offset: number, path: Path, report: Report): Json {
  if (typeof value === "number") {
    if (!Number.isFinite(value))
      report("E_YAML", `${source ?? value} is no finite number`, offset, path, "Quote it if it is a string.");
    else if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      report(
        "E_YAML",
        `the number ${source ?? value} can't be kept exactly; integers go up to 2^53-1`,
        offset,
        path,
        "Quote it if it is a string.",
      );
    }
    return value;
  }
  if (typeof value === "string" && /[\uD800-\uDFFF]/u.test(value))
    report("E_YAML", "the string holds half a surrogate pair", offset, path);
  return typeof value === "string" || typeof value === "boolean" ? value : null;
}

function failure(problems: readonly Problem[], file: string | undefined): FnpkgError {
  const [first] = problems as [Problem];
  const where = `${file ?? "the document"}${first.line === undefined ? "" : `:${first.line}`}`;
  const more = problems.length === 1 ? "" : ` (and ${problems.length - 1} more)`;
  return new FnpkgError(first.code, `${where}: ${first.message}${more}`, {
    problems,
    ...(first.hint === undefined ? {} : { hint: first.hint }),
  });
}

function oneLine(message: string): string {
  return message.replace(/\s+/g, " ").trim();
}
