import { describe, expect, it } from "vitest";
import { fnpkg, root } from "./support.ts";
import { join } from "node:path";
import { readFileSync } from "node:fs";

const hello = join(root, "examples/hello");
const config = join(hello, "function-config.yaml");

describe("the command line's words", () => {
  it("prints the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(await fnpkg(["--version"])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("prints the version and the help of every command as a document too", async () => {
    expect(JSON.parse((await fnpkg(["--version", "--json"])).stdout)).toEqual({ version: expect.any(String) as string });
    expect((await fnpkg(["pack", "--version"])).stdout).toBe((await fnpkg(["-v"])).stdout);
    expect(JSON.parse((await fnpkg(["pack", "--help", "--json"])).stdout)).toEqual({
      help: expect.stringContaining("fnpkg pack") as string,
    });
    expect((await fnpkg(["pack", "-h"])).stdout).toBe((await fnpkg(["help", "pack"])).stdout);
  });

  it("takes --json and --quiet before the command too", async () => {
    const { status, stdout } = await fnpkg(["--quiet", "--json", "verify", "nowhere.fnpkg"]);
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "E_NOT_FOUND" } });
    expect(JSON.parse((await fnpkg(["--json"])).stdout)).toMatchObject({ error: { code: "E_USAGE" } });
  });

  it("prints the overview with 0 when asked and with 2 when nothing is said", async () => {
    const asked = await fnpkg(["--help"]);
    expect(asked.status).toBe(0);
    expect(asked.stdout).toContain("fnpkg COMMAND");
    const nothing = await fnpkg([]);
    expect([nothing.status, nothing.stdout, nothing.stderr]).toEqual([2, "", asked.stdout]);
  });

  const commands = [
    "init",
    "pack",
    "verify",
    "inspect",
    "diff",
    "check",
    "plan",
    "deploy",
    "list",
    "explain",
    "permissions",
    "status",
    "invoke",
    "logs",
    "destroy",
    "versions",
    "promote",
    "rollback",
    "dev",
  ];
  it.each(commands)("%s has its help", async (name) => {
    const { status, stdout } = await fnpkg([name, "--help"]);
    expect(status).toBe(0);
    expect(stdout).toContain(`fnpkg ${name}`);
    for (const option of ["--json", "--quiet", "--help", "--version"]) expect(stdout).toContain(option);
  });

  const off: readonly (readonly [string, readonly string[], string])[] = [
    ["an unknown command", ["pak"], 'unknown command "pak" (did you mean "pack"?)'],
    ["an unknown option", ["pack", hello, "--stor"], 'unknown option --stor (did you mean "store"?)'],
    ["a missing argument", ["verify"], "PACKAGE is missing"],
    ["a word too many", ["verify", "a", "b"], '"b" is one word too many'],
    ["a missing required option", ["check", "a.fnpkg"], "--config FILE is missing"],
    ["a value for a switch", ["pack", hello, "--store=yes"], "--store takes no value"],
    ["an option without its value", ["status", "--target", "local", "--config"], "--config needs a value"],
    ["an option twice", ["status", "--config", "a", "--config", "b", "--target", "local"], "--config stands twice"],
    [
      "a time that is none",
      ["status", "--config", config, "--target", "local", "--timeout", "soon"],
      '--timeout "soon" is no time',
    ],
    ["a share that is none", ["deploy", "a", "--config", "b", "--target", "local", "--traffic", "120%"], '"120%" is no share'],
    [
      "an offline plan of shared traffic",
      ["plan", hello, "--config", config, "--target", "local", "--offline", "--traffic", "10%"],
      "only the target knows what serves",
    ],
    [
      "a count that is none",
      ["logs", "--config", config, "--target", "local", "--tail", "few"],
      '--tail "few" is no whole number',
    ],
    ["a header without its value", ["invoke", "--config", config, "--target", "local", "--header", "x"], '"x" is not NAME:VALUE'],
    ["two ways back", ["rollback", "3", "--digest", "sha256:0", "--config", config, "--target", "local"], "exclude each other"],
    ["a file that is not there", ["check", "nowhere.fnpkg", "--config", config], "nowhere.fnpkg"],
    ["a folder that is not there", ["pack", "nowhere"], "nowhere"],
  ];
  it.each(off)("%s: one clear message, exit status 2", async (_, args, message) => {
    const { status, stdout, stderr } = await fnpkg(args);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/\n\s+at .*\(.*:\d+:\d+\)/);
  });

  it("reports every fault of a line at once, as one JSON document", async () => {
    const { status, stdout, stderr } = await fnpkg(["check", "a", "b", "--nope", "--json"]);
    expect(status).toBe(2);
    expect(stderr).toBe("");
    const { error } = JSON.parse(stdout) as {
      error: { code: string; hint: string; problems: { code: string; message: string }[] };
    };
    expect(error.code).toBe("E_USAGE");
    expect(error.problems.map((p) => p.message)).toEqual([
      "unknown option --nope",
      '"b" is one word too many',
      expect.stringContaining("--config FILE is missing"),
    ]);
  });
});
