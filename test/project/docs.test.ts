import { transform } from "esbuild";
import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { blocksOf, pages, root, textOf } from "./files.ts";

/** Anchors as GitHub makes them, and the ones that a page sets itself. */
function anchorsOf(markdown: string): Set<string> {
  const outside = markdown.replace(/^```[\s\S]*?^```$/gm, "");
  const headings = [...outside.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-"),
  );
  return new Set([...headings, ...[...outside.matchAll(/<a id="([^"]+)">/g)].map(([, id = ""]) => id)]);
}

function linksOf(markdown: string): string[] {
  const outside = markdown.replace(/^```[\s\S]*?^```$/gm, "").replace(/`[^`\n]*`/g, "");
  return [...outside.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
}

/** Each throws for a text that is not of its language. */
const syntax: Record<string, (text: string) => unknown> = {
  json: (text) => JSON.parse(text) as unknown,
  yaml: (text) => parse(text) as unknown,
  js: (text) => transform(text, { loader: "js", logLevel: "silent" }),
  ts: (text) => transform(text, { loader: "ts", logLevel: "silent" }),
};
const plain = new Set(["sh", "text", "mermaid", "console"]);

describe.each(pages())("%s", (page) => {
  const markdown = textOf(page) ?? "";

  it("links to files and headings that exist", () => {
    const broken = linksOf(markdown).filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(textOf(target) ?? "").has(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("has code blocks that parse", async () => {
    for (const { language, text, line } of blocksOf(markdown)) {
      if (plain.has(language)) continue;
      const check = syntax[language];
      expect(check, `line ${line}: the language ${language}`).toBeDefined();
      await expect((async () => check?.(text))(), `line ${line}`).resolves.not.toThrow();
    }
  });

  it("quotes files as they are", () => {
    for (const { text, line, note } of blocksOf(markdown)) {
      const source = /^from (\S+)$/.exec(note ?? "")?.[1];
      if (source !== undefined) expect(text, `line ${line}`).toBe(textOf(source));
    }
  });
});
