/** The commands inside the workflows that docs/ci.md shows are commands of this version, with its options. */
import { expect, it } from "vitest";
import { parse } from "yaml";
import { globalOptions } from "../../src/cli/command.ts";
import { commands, isCommand } from "../../src/cli/commands/index.ts";
import { blocksOf, textOf } from "./files.ts";

interface Workflow {
  readonly jobs: { readonly [name: string]: { readonly steps: readonly { readonly run?: string }[] } };
}

const scripts = blocksOf(textOf("docs/ci.md") ?? "")
  .filter(({ language }) => language === "yaml")
  .flatMap(({ text }) => Object.values((parse(text) as Workflow).jobs))
  .flatMap(({ steps }) => steps.flatMap(({ run }) => (run === undefined ? [] : [run.replaceAll(/\n\s+/g, " ")])));
const calls = scripts.flatMap((script) => [...script.matchAll(/npx fnpkg (\w+)([^\n;>]*)/g)]);

it("shows planning and deploying", () => {
  expect(new Set(calls.map(([, name]) => name))).toEqual(new Set(["pack", "check", "plan", "deploy"]));
});

it.each(calls.map(([call]) => call))("%s", async (call) => {
  const [, name = "", rest = ""] = /^npx fnpkg (\w+)(.*)$/.exec(call) ?? [];
  if (!isCommand(name)) throw new Error(`${name} is no command`);
  const { default: command } = await commands[name].load();
  const known = new Set([...Object.keys(command.options), ...Object.keys(globalOptions)]);
  for (const [, option = ""] of rest.matchAll(/ --([\w-]+)/g)) expect(known).toContain(option);
  const required = Object.entries(command.options).flatMap(([option, spec]) => (spec.required === true ? [option] : []));
  for (const option of required) expect(rest).toContain(` --${option} `);
});
