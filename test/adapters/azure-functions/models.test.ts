import { describe, expect, test } from "vitest";
import { reserved } from "../../../adapters/azure-functions/config.ts";
import { limits } from "../../../adapters/azure-functions/limits.ts";
import { modelsTitle, noModels, readModel } from "../../engine/check-models.ts";

interface Definition {
  readonly properties?: { readonly [name: string]: unknown };
}

describe.skipIf(noModels)(`azure-functions: ${modelsTitle}`, () => {
  const web = () =>
    JSON.parse(readModel("azure/arm-schemas/2024-11-01/Microsoft.Web.json")) as {
      readonly definitions: { readonly [name: string]: Definition };
      readonly resourceDefinitions: { readonly [name: string]: Definition };
    };

  test("profiles are runtimes that the plan names", () => {
    const runtime = JSON.stringify(web().definitions["FunctionsRuntime"]);
    const names = { nodejs: "node", python: "python", java: "java", go: "custom", docker: "docker" } as const;
    for (const profile of Object.keys(limits.runtimes)) expect(runtime).toContain(`"${names[profile as keyof typeof names]}"`);
  });

  test("http methods are those of the trigger's schema", () => {
    const schema = readModel("azure/host-schemas/function.json").toLowerCase();
    const methods = limits.rows.find(({ id }) => id === "http.method");
    if (methods?.type !== "choice") throw new Error("no choice");
    for (const method of methods.values.filter((name) => name !== "CONNECT"))
      expect(schema).toContain(String(method).toLowerCase());
  });

  test("reserved paths are properties of the app and the plan", () => {
    const { definitions, resourceDefinitions } = web();
    const known = new Set(
      [...Object.values(definitions), ...Object.values(resourceDefinitions)].flatMap(({ properties }) =>
        Object.keys(properties ?? {}),
      ),
    );
    for (const { path } of reserved) {
      const [kind, ...names] = path.slice(1).split("/");
      if (kind !== "Microsoft.Web~1sites" && kind !== "Microsoft.Web~1serverfarms") continue;
      for (const name of names) expect(known, path).toContain(name);
    }
  });
});
