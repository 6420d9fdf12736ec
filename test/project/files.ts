/** The project's own files, for tests about the project. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** Every file of the tree that version control knows or would take. */
export function projectFiles(): string[] {
  const out = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"], {
    cwd: root,
  });
  return out.toString("utf8").split("\0").filter(Boolean);
}

/** A file's text; undefined for what is deleted or no text. */
export function textOf(path: string): string | undefined {
  try {
    const bytes = readFileSync(join(root, path));
    return bytes.includes(0) ? undefined : bytes.toString("utf8");
  } catch {
    return undefined;
  }
}

export interface Block {
  readonly language: string;
  readonly text: string;
  /** Of the fence, 1-based. */
  readonly line: number;
  /** The HTML comment on the line before the fence. */
  readonly note: string | undefined;
  /** The file that the paragraph before the fence names, alone: `orders/index.mjs`. */
  readonly file: string | undefined;
}

/** The fenced code blocks of a page. */
export function blocksOf(markdown: string): Block[] {
  const lines = markdown.split("\n");
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at++) {
    const language = /^```(\w+)$/.exec(lines[at] ?? "")?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf("```", at + 1);
    if (end === -1) throw new Error(`the block in line ${at + 1} has no end`);
    const note = /^<!-- (.+) -->$/.exec(lines[at - 1] ?? "")?.[1];
    const file = lines[at - 1] === "" ? /^`([\w./-]+)`$/.exec(lines[at - 2] ?? "")?.[1] : undefined;
    blocks.push({ language, text: `${lines.slice(at + 1, end).join("\n")}\n`, line: at + 1, note, file });
    at = end;
  }
  return blocks;
}

/** The pages that people read. */
export function pages(): string[] {
  return projectFiles().filter((path) => path.endsWith(".md") && textOf(path) !== undefined);
}
