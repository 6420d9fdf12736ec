/** As much XML as AWS's services write and read: elements and text. */

/** Text, an element's children by name, or the same element several times; what is undefined is left out. */
export type Xml = string | number | boolean | undefined | readonly Xml[] | { readonly [name: string]: Xml };

/** `<name>…</name>`; a list is the element repeated. */
export function element(name: string, value: Xml, attributes = ""): string {
  if (value === undefined) return "";
  if (isList(value)) return value.map((one) => element(name, one)).join("");
  const content = typeof value === "object" ? elements(value) : escaped(String(value));
  return `<${name}${attributes}>${content}</${name}>`;
}

function elements(value: { readonly [name: string]: Xml }): string {
  return Object.entries(value)
    .map(([name, one]) => element(name, one))
    .join("");
}

/** The query protocol's map. */
export function entries(map: { readonly [key: string]: Xml } = {}): Xml {
  return { entry: Object.entries(map).map(([key, value]) => ({ key, value })) };
}

/** An element that was read. */
export interface Element {
  readonly name: string;
  readonly text: string;
  readonly children: readonly Element[];
}

/** The document's element; nothing where it is none. Namespaces, attributes, comments and the declaration are passed over. */
export function parse(text: string): Element | undefined {
  const root = { name: "", text: "", children: [] as Element[] };
  const open: { name: string; text: string; children: Element[] }[] = [root];
  const tokens = /<!--[\s\S]*?-->|<[?!][^>]*>|<(\/?)([\w.:-]+)[^>]*?(\/?)>|([^<]+)/g;
  for (const [, ends, tag, empty, said] of text.matchAll(tokens)) {
    const inner = open.at(-1) ?? root;
    if (said !== undefined) inner.text += unescaped(said);
    if (tag === undefined) continue;
    const name = tag.replace(/^.*:/, "");
    if (ends === "/") {
      if (open.length < 2 || inner.name !== name) return undefined;
      open.pop();
      continue;
    }
    const made = { name, text: "", children: [] };
    inner.children.push(made);
    if (empty !== "/") open.push(made);
  }
  return open.length === 1 && root.children.length === 1 ? root.children[0] : undefined;
}

function isList(value: Xml): value is readonly Xml[] {
  return Array.isArray(value);
}

const entities: { readonly [character: string]: string } = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

function unescaped(text: string): string {
  return text
    .replace(/&#(x?)([\da-f]+);/gi, (_, hex: string, code: string) =>
      String.fromCodePoint(Number.parseInt(code, hex === "" ? 10 : 16)),
    )
    .replace(
      /&(lt|gt|quot|apos);/g,
      (_, name: "lt" | "gt" | "quot" | "apos") => ({ lt: "<", gt: ">", quot: '"', apos: "'" })[name],
    )
    .replaceAll("&amp;", "&");
}
