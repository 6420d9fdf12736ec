/** Runs what the documentation tells its reader to type, on the built command line. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocksOf, root, textOf } from "./files.ts";

interface Ran {
  readonly status: number;
  readonly output: string;
}

function run(program: string, args: readonly string[], cwd: string): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, timeout: 150_000 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ status, output: `${stdout}${stderr}` });
    });
  });
}

const cli = join(root, "dist/src/cli/main.js");
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fnpkg-docs-"));
  await cp(join(root, "examples"), join(folder, "examples"), { recursive: true });
  await mkdir(join(folder, "node_modules"));
  await symlink(root, join(folder, "node_modules/fnpkg"), "dir");
  // `npx fnpkg` without npm's own start-up.
  await writeFile(join(folder, "npx.sh"), `fnpkg() { "${process.execPath}" "${cli}" "$@"; }\nnpx() { "$@"; }\n`);
});
afterAll(async () => {
  // What a block that failed left running.
  const configs = [
    "greeter/function-config.yaml",
    "examples/hello/function-config.yaml",
    "examples/photos/function-config.yaml",
    "local/config.yaml",
  ];
  for (const config of configs.filter((path) => existsSync(join(folder, path)))) {
    await run(process.execPath, [cli, "destroy", "--config", config, "--target", "local", "--purge"], folder);
  }
  await rm(folder, { recursive: true, force: true });
});

describe.each(["docs/getting-started.md", "docs/scripting.md", "docs/ci.md"])("%s", (page) => {
  for (const { language, text, line, note } of blocksOf(textOf(page) ?? "")) {
    if (language !== "sh") continue;
    const expected = Number(/^ends with (\d+)$/.exec(note ?? "")?.[1] ?? 0);
    it(`line ${line} ends with ${expected}`, async () => {
      const ran = await run("bash", ["-euo", "pipefail", "-c", `source ./npx.sh\n${text}`], folder);
      expect(ran.status, ran.output).toBe(expected);
    });
  }
});

describe("docs/adapters/local.md", () => {
  it("has a whole example that runs", async () => {
    const blocks = blocksOf(textOf("docs/adapters/local.md") ?? "");
    const example = join(folder, "local");
    const files = blocks.filter((block) => block.file !== undefined);
    expect(files.length).toBeGreaterThan(2);
    for (const { file = "", text } of files) {
      await mkdir(dirname(join(example, file)), { recursive: true });
      await writeFile(join(example, file), text.replaceAll("/tmp/", `${example}/`));
    }
    const commands = blocks.find(({ language }) => language === "sh")?.text ?? "exit 1";
    const ran = await run("bash", ["-euo", "pipefail", "-c", `source ../npx.sh\n${commands}`], example);
    expect(ran.status, ran.output).toBe(0);
  });
});

describe("README.md", () => {
  it("has a script that runs", async () => {
    const script = blocksOf(textOf("README.md") ?? "").find(
      ({ language, text }) => language === "js" && text.includes('from "fnpkg"'),
    );
    await writeFile(join(folder, "script.mjs"), script?.text ?? "throw new Error('README.md has no script');");
    const ran = await run(process.execPath, ["script.mjs"], folder);
    expect(ran).toEqual({ status: 0, output: expect.stringMatching(/^sha256:[0-9a-f]{64} Hello, Ada!\n\n$/) as string });
  });
});
