import { describe, expect, it } from "vitest";
import { projectFiles, textOf } from "./files.ts";

/** What no file may hold. Each pattern is written so that this file does not hold it. */
const forbidden: Record<string, RegExp> = {
  "a machine's path": /(?<![\w.~-])\/(?:work|root|farm|home\/\w+|Users\/\w+)\/\w|[A-Z]:\\Users\\/,
  "a registry's host": /registry\.npmjs\.(?:org|com)|registry\.yarnpkg\.com|files\.pythonhosted\.org|repo1?\.maven\.apache\.org/,
  "a leftover": /\b(?:TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b|^(?:<{7}|>{7}|={7})(?: |$)|\b(?:it|test|describe)\.(?:only|todo)\b/m,
  "a switched-off check": /@ts-(?:ignore|nocheck)|(?:es|ox)lint-disable(?! ?-)(?:-next-line|-line)?\s*(?:\*\/|-->|$)/m,
  "a carriage return": /\r\n/,
};

/** File -> why it may hold what others may not. */
const excepted: Record<string, string> = {};

describe("the tree", () => {
  const files = projectFiles();

  it.each(Object.entries(forbidden))("holds %s nowhere", (_, pattern) => {
    const found = files
      .filter((path) => excepted[path] === undefined && !path.endsWith(".png"))
      .flatMap((path) => {
        const text = textOf(path);
        if (text === undefined) return [];
        return text
          .split("\n")
          .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : []));
      });
    expect(found).toEqual([]);
  });

  it("sees what it looks for", () => {
    const samples: Record<string, string> = {
      "a machine's path": ["const base = '", "home", "ada", "project'"].join("/"),
      "a registry's host": ["https://registry", "npmjs", "org/zod"].join("."),
      "a leftover": ["// TO", "DO: later"].join(""),
      "a switched-off check": ["// @ts", "ignore"].join("-"),
      "a carriage return": ["a", "b"].join("\r\n"),
    };
    for (const [name, pattern] of Object.entries(forbidden)) expect(samples[name]).toMatch(pattern);
  });

  it("has a lock file without addresses, and with the bytes of everything that is published with it", () => {
    const text = textOf("package-lock.json") ?? "";
    expect(text).not.toContain('"resolved"');
    const { packages } = JSON.parse(text) as {
      packages: Record<string, { integrity?: string; dev?: boolean; optional?: boolean }>;
    };
    const loose = Object.entries(packages).filter(([path, { integrity }]) => path !== "" && integrity === undefined);
    expect(loose.filter(([, { dev, optional }]) => dev !== true || optional !== true).map(([path]) => path)).toEqual([]);
  });

  it("has no file that a package or a build left behind", () => {
    expect(files.filter((path) => /\.(?:fnpkg|tgz|tsbuildinfo|log|orig|rej)$|(?:^|\/)\.DS_Store$/.test(path))).toEqual([]);
  });
});
