/** What `translate` returns is ARM JSON by the vendor's own schemas, with objects closed so that a slip is caught. */
import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, test } from "vitest";
import { isReference, type Json, type JsonObject, type Resource } from "fnpkg/adapter";
import { kinds } from "../../../adapters/azure-functions/resources.ts";
import { noModels, readModel } from "../../engine/check-models.ts";
import { cases, type Given, translated } from "./translate-cases.ts";

const title = noModels ? "skipped: needs FNPKG_MODELS" : "against ARM's schemas";
const web = "azure/arm-schemas/2024-11-01/Microsoft.Web.json";
const grid = "azure/arm-schemas/2025-02-15/Microsoft.EventGrid.json";

/** The file, and the definition in it: of forms that share a type, the one by its name. Role assignments have no schema there. */
const places: { readonly [kind: string]: readonly [file: string, version: string, at: string] } = {
  [kinds.plan]: [web, "2024-11-01", "resourceDefinitions/serverfarms"],
  [kinds.site]: [web, "2024-11-01", "resourceDefinitions/sites"],
  [kinds.settings]: [web, "2024-11-01", "resourceDefinitions/sites_config/oneOf/0"],
  [kinds.code]: [web, "2024-11-01", "resourceDefinitions/sites_extensions/oneOf/1"],
  [kinds.eventSubscription]: [grid, "2025-02-15", "unknown_resourceDefinitions/eventSubscriptions"],
};

/** `null` is "not there"; references become what they will be. */
function template(value: Json): Json {
  if (isReference(value)) return "00000000-0000-0000-0000-000000000001";
  if (Array.isArray(value)) return (value as readonly Json[]).map(template);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as JsonObject).filter(([, inner]) => inner !== null);
  return Object.fromEntries(entries.map(([key, inner]) => [key, template(inner)]));
}

/** As a template writes it; what stands beside ARM's own properties is left out by name. */
function body({ kind, props }: Resource, version: string): JsonObject {
  const {
    scope: _scope,
    applicationInsights: _insights,
    ...rest
  } = template(props) as {
    readonly scope?: string;
    readonly applicationInsights?: string;
  };
  if (kind === kinds.code) return { name: (rest as { readonly name?: string }).name ?? "" };
  if (kind === kinds.settings) return rest;
  return { ...rest, type: kind, apiVersion: version };
}

/** Draft 4 without its own words, and every object with properties closed. */
function closed(value: unknown, inside = false): unknown {
  if (Array.isArray(value)) return value.map((inner) => closed(inner));
  if (typeof value !== "object" || value === null) return value;
  const { $schema: _schema, id: _id, ...given } = value as { readonly [key: string]: unknown };
  const kept = inside ? (value as { readonly [key: string]: unknown }) : given;
  const made = Object.fromEntries(Object.entries(kept).map(([key, inner]) => [key, closed(inner, key === "properties")]));
  const open = !inside && typeof made["properties"] === "object" && !("additionalProperties" in made) && !("oneOf" in made);
  return open ? { ...made, additionalProperties: false } : made;
}

describe.skipIf(noModels)(`translate ${title}`, () => {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const common = "https://schema.management.azure.com/schemas/common/definitions.json";
  const loaded = new Set<string>();

  function validator(kind: string): ValidateFunction {
    const [file, , at] = places[kind] ?? ["", "", ""];
    if (loaded.size === 0) ajv.addSchema({ ...(open("azure/arm-schemas/common/definitions.json") as object), $id: common });
    if (!loaded.has(file)) {
      const { resourceDefinitions, unknown_resourceDefinitions, definitions } = closed(JSON.parse(readModel(file))) as {
        readonly [part: string]: object;
      };
      ajv.addSchema({ $id: `file:${file}`, resourceDefinitions, unknown_resourceDefinitions, definitions }, file);
      loaded.add(file);
    }
    const validate = ajv.getSchema(`file:${file}#/${at}`);
    if (validate === undefined) throw new Error(`no schema for ${kind}`);
    return validate as ValidateFunction;
  }

  /** Expressions are for templates: none of what a deployment sends is one. */
  function open(file: string): unknown {
    const { $schema: _schema, id: _id, ...rest } = JSON.parse(readModel(file)) as { readonly [key: string]: unknown };
    return rest;
  }

  test.each(Object.keys(cases))("%s", (name) => {
    const wrong: unknown[] = [];
    let checked = 0;
    for (const resource of translated(cases[name] as Given)) {
      const place = places[resource.kind];
      if (place === undefined) continue;
      const validate = validator(resource.kind);
      checked++;
      if (!validate(body(resource, place[1]))) wrong.push({ id: resource.id, errors: validate.errors?.slice(0, 5) });
    }
    expect(wrong).toEqual([]);
    expect(checked).toBeGreaterThanOrEqual(3);
  });

  test("a slip is caught, wherever it stands", () => {
    const validate = validator(kinds.site);
    const [, site] = translated(cases["http-least"] as Given);
    const good = body(site as Resource, "2024-11-01") as { readonly properties: { readonly functionAppConfig: object } };
    expect(validate(good)).toBe(true);
    expect(validate({ ...good, tag: {} })).toBe(false);
    expect(validate({ ...good, properties: { ...good.properties, httpOnly: true } })).toBe(false);
    const { functionAppConfig } = good.properties;
    const slip = { ...good.properties, functionAppConfig: { ...functionAppConfig, scale: {} } };
    expect(validate({ ...good, properties: slip })).toBe(false);
  });
});
