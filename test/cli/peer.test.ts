/** A vendor's SDK that is not installed. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { packSample } from "./samples.ts";
import { type Failure, inSite } from "./support.ts";

const config = `identity: { aws-lambda: "arn:aws:iam::123456789012:role/app" }
targets: { aws-lambda: { region: eu-west-1, account: "123456789012", endpoint: "http://127.0.0.1:1" } }`;

/** Every package of AWS is missing, as where only fnpkg was installed. */
const hooks = `export async function resolve(name, context, next) {
  if (!name.startsWith("@aws-sdk/")) return next(name, context);
  throw Object.assign(new Error(\`Cannot find package '\${name}'\`), { code: "ERR_MODULE_NOT_FOUND" });
}`;

it.each(["plan", "deploy", "status", "destroy"])("%s names the package to install and ends with 1", (verb) =>
  inSite(async (site) => {
    await packSample(site, { config });
    await site.write("hooks.mjs", hooks);
    await site.write("register.mjs", `import { register } from "node:module";\nregister("./hooks.mjs", import.meta.url);\n`);
    const env = {
      NODE_OPTIONS: `--import ${pathToFileURL(join(site.folder, "register.mjs")).href}`,
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "not-a-key",
    };
    const pkg = verb === "plan" || verb === "deploy" ? ["app.fnpkg"] : [];
    const args = [verb, ...pkg, "--config", "app.yaml", "--target", "aws-lambda", "--json"];
    const { status, stdout } = await site.fnpkg(args, { env });
    const { error } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Failure;
    expect(error).toMatchObject({ code: "E_PEER", hint: expect.stringMatching(/npm install @aws-sdk\/client-\w+/) as string });
    expect(error.message).toMatch(/aws-lambda needs the package @aws-sdk\/client-\w+/);
    expect(stdout).not.toContain("    at ");
    expect(status).toBe(1);
  }),
);

it("an offline plan needs none", () =>
  inSite(async (site) => {
    await packSample(site, { config });
    await site.write("hooks.mjs", hooks);
    await site.write("register.mjs", `import { register } from "node:module";\nregister("./hooks.mjs", import.meta.url);\n`);
    const env = { NODE_OPTIONS: `--import ${pathToFileURL(join(site.folder, "register.mjs")).href}` };
    const args = ["plan", "app.fnpkg", "--config", "app.yaml", "--target", "aws-lambda", "--offline", "--json"];
    expect((await site.fnpkg(args, { env })).status).toBe(0);
  }));
