/** Bodies of requests against ARM's own schemas, with objects closed so that a slip is caught. */
import { Ajv } from "ajv";
import { noModels, readModel } from "../../engine/check-models.ts";

type Check = (kind: string, version: string, body: object, path: string) => readonly string[];

const web = "azure/arm-schemas/2024-11-01/Microsoft.Web.json";
const grid = "azure/arm-schemas/2025-02-15/Microsoft.EventGrid.json";
/** Role assignments have no schema there. */
const places: { readonly [kind: string]: readonly [file: string, version: string, at: string, type: string] } = {
  "microsoft.web/serverfarms": [web, "2024-11-01", "resourceDefinitions/serverfarms", "Microsoft.Web/serverfarms"],
  "microsoft.web/sites": [web, "2024-11-01", "resourceDefinitions/sites", "Microsoft.Web/sites"],
  "microsoft.web/sites/config": [web, "2024-11-01", "resourceDefinitions/sites_config/oneOf/0", ""],
  "microsoft.eventgrid/eventsubscriptions": [
    grid,
    "2025-02-15",
    "unknown_resourceDefinitions/eventSubscriptions",
    "Microsoft.EventGrid/eventSubscriptions",
  ],
};

let made: Check | undefined;

/** Nothing where the models are not there: then nothing is checked. */
export function armCheck(): { readonly check?: Check } {
  return noModels ? {} : { check: (made ??= checker()) };
}

function checker(): Check {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  const common = JSON.parse(readModel("azure/arm-schemas/common/definitions.json")) as { readonly [key: string]: unknown };
  const { $schema: _schema, id: _id, ...definitions } = common;
  ajv.addSchema({ ...definitions, $id: "https://schema.management.azure.com/schemas/common/definitions.json" });
  for (const file of [web, grid]) {
    const {
      resourceDefinitions,
      unknown_resourceDefinitions,
      definitions: own,
    } = closed(JSON.parse(readModel(file))) as {
      readonly [part: string]: object;
    };
    ajv.addSchema({ $id: `file:${file}`, resourceDefinitions, unknown_resourceDefinitions, definitions: own }, file);
  }
  return (kind, version, body, path) => {
    const place = places[kind];
    if (place === undefined) return [];
    const [file, apiVersion, at, type] = place;
    if (version !== apiVersion) return [`${kind}: api-version ${version}, not ${apiVersion}`];
    const name = /\/sites\/(.+)$/.exec(path)?.[1]?.replace("/config/", "/") ?? path.slice(path.lastIndexOf("/") + 1);
    const validate = ajv.getSchema(`file:${file}#/${at}`);
    const resource = type === "" ? { ...body, name } : { ...body, name, type, apiVersion };
    if (validate === undefined) return [`no schema for ${kind}`];
    if (validate(resource) === true) return [];
    return (validate.errors ?? [])
      .slice(0, 4)
      .map(({ instancePath, message, params }) => `${kind}${instancePath} ${message} ${JSON.stringify(params)}`);
  };
}

/** Draft 4 without its own words, and every object with properties closed. */
function closed(value: unknown, inside = false): unknown {
  if (Array.isArray(value)) return value.map((inner) => closed(inner));
  if (typeof value !== "object" || value === null) return value;
  const { $schema: _schema, id: _id, ...given } = value as { readonly [key: string]: unknown };
  const kept = inside ? (value as { readonly [key: string]: unknown }) : given;
  const all = Object.fromEntries(Object.entries(kept).map(([key, inner]) => [key, closed(inner, key === "properties")]));
  const open = !inside && typeof all["properties"] === "object" && !("additionalProperties" in all) && !("oneOf" in all);
  return open ? { ...all, additionalProperties: false } : all;
}
