/** Runs what the documentation tells its reader to type, on the built command line. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocksOf, root, textOf } from "./files.ts";

interface Ran {
  readonly status: number;
  readonly output: string;
}

function run(program: string, args: readonly string[], cwd: string): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, timeout: 60_000 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ status, output: `${stdout}${stderr}` });
    });
  });
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fnpkg-docs-"));
  await cp(join(root, "examples"), join(folder, "examples"), { recursive: true });
  await mkdir(join(folder, "node_modules"));
  await symlink(root, join(folder, "node_modules/fnpkg"), "dir");
  // `npx fnpkg` without npm's own start-up.
  const cli = join(root, "dist/src/cli/main.js");
  await writeFile(join(folder, "npx.sh"), `npx() { shift; "${process.execPath}" "${cli}" "$@"; }\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(["docs/getting-started.md", "docs/scripting.md"])("%s", (page) => {
  for (const { language, text, line, note } of blocksOf(textOf(page) ?? "")) {
    if (language !== "sh") continue;
    const expected = Number(/^ends with (\d+)$/.exec(note ?? "")?.[1] ?? 0);
    it(`line ${line} ends with ${expected}`, { timeout: 90_000 }, async () => {
      const ran = await run("bash", ["-euo", "pipefail", "-c", `source ./npx.sh\n${text}`], folder);
      expect(ran.status, ran.output).toBe(expected);
    });
  }
});

describe("README.md", () => {
  it("has a script that runs", { timeout: 90_000 }, async () => {
    const script = blocksOf(textOf("README.md") ?? "").find(
      ({ language, text }) => language === "js" && text.includes('from "fnpkg"'),
    );
    await writeFile(join(folder, "script.mjs"), script?.text ?? "throw new Error('README.md has no script');");
    const ran = await run(process.execPath, ["script.mjs"], folder);
    expect(ran).toEqual({ status: 0, output: expect.stringMatching(/^sha256:[0-9a-f]{64} Hello, Ada!\n\n$/) as string });
  });
});
