/** Enough XML for what S3 is sent: elements and text. */
export interface XmlNode {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlNode[];
}

/** The root element. */
export function parseXml(xml: string): XmlNode {
  type Open = { name: string; text: string; children: XmlNode[] };
  const top: Open = { name: "", text: "", children: [] };
  const open: Open[] = [top];
  for (const [, close, name, empty, text] of xml.matchAll(/<(\/?)([A-Za-z][\w:-]*)[^<>]*?(\/?)>|([^<]+)|<\?[^>]*\?>/g)) {
    const last = open.at(-1) ?? top;
    if (text !== undefined) last.text += unescaped(text);
    else if (name !== undefined && close === "/") open.pop();
    else if (name !== undefined) {
      const node: Open = { name, text: "", children: [] };
      last.children.push(node);
      if (empty !== "/") open.push(node);
    }
  }
  const [root] = top.children;
  if (root === undefined) throw new Error("no element");
  return root;
}

function unescaped(text: string): string {
  const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replaceAll(/&(\w+);/g, (all, name: string) => named[name] ?? all);
}
