/**
 * Checks what would be published: packs the built tree, looks at the tarball, installs it in an empty project, runs the
 * command and imports every export as a user would.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const temp = mkdtempSync(join(tmpdir(), "fnpkg-package-"));

/** Runs a program; what it prints is the caller's, and is shown when it fails. */
function run(program, args, cwd) {
  try {
    return execFileSync(program, args, {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
  } catch (error) {
    process.stderr.write(`${error.stdout ?? ""}${error.stderr ?? ""}`);
    throw new Error(`${program} ${args.join(" ")} failed`, { cause: error });
  }
}
const bin = (name) => join(root, "node_modules", ".bin", name);

try {
  const [packed] = JSON.parse(run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", temp], root));
  const tarball = join(temp, packed.filename);
  const paths = packed.files.map((file) => file.path);
  console.log(`${packed.filename}: ${paths.length} files, ${packed.size} bytes packed, ${packed.unpackedSize} unpacked`);

  for (const needed of ["LICENSE", "README.md", "CHANGELOG.md"]) assert.ok(paths.includes(needed), `${needed} is missing`);
  const strays = paths.filter((path) => /^(test|bench|scripts|examples|dist\/(test|bench|vitest))|\.tsbuildinfo$/.test(path));
  assert.deepEqual(strays, [], "the tarball holds files that are no part of the product");

  run(bin("publint"), ["run", tarball, "--strict"], root);
  const entrypoints = Object.keys(own.exports).filter((path) => !path.endsWith(".json"));
  run(bin("attw"), [tarball, "--profile", "esm-only", "--entrypoints", ...entrypoints], root);
  console.log("publint and attw have nothing to say");

  const project = join(temp, "project");
  mkdirSync(project);
  writeFileSync(
    join(project, "package.json"),
    JSON.stringify({ name: "empty", version: "1.0.0", private: true, type: "module" }),
  );
  run("npm", ["install", "--no-audit", "--no-fund", tarball], project);
  assert.equal(run("npx", ["--no-install", own.name, "--version"], project).trim(), own.version, "fnpkg --version");

  const specifiers = Object.keys(own.exports).map((path) => own.name + path.slice(1));
  writeFileSync(
    join(project, "imports.mjs"),
    specifiers
      .map((name) =>
        name.endsWith(".json") ? `await import("${name}", { with: { type: "json" } });` : `await import("${name}");`,
      )
      .join("\n"),
  );
  run(process.execPath, ["--no-warnings", "imports.mjs"], project);
  console.log(`installed in an empty project: ${own.name} --version and ${specifiers.length} exports work`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(temp, { recursive: true, force: true });
}
