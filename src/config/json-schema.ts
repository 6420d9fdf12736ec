/** The configuration document's JSON Schema (2020-12), for editors and for the reference documentation. */
import { z } from "zod";
import type { Json, JsonObject } from "../json.ts";
import { config, merged, stageName, targetCommon } from "./schema.ts";
import { isArray, isMap } from "./tree.ts";
import { triggerSchemas } from "./trigger-schema.ts";

export interface JsonSchemaOptions {
  /** Each adapter's schema for its own keys; other targets are refused. Absent: any target's section is open. */
  readonly targets?: { readonly [name: string]: z.ZodType };
  /** Lets a placeholder stand wherever a number, a boolean or a patterned string is asked for. Default true. */
  readonly placeholders?: boolean;
}

const ID = "https://fnpkg.dev/schemas/function-config-1.0.json";

/** A closed schema: `additionalProperties` is false wherever the format names the keys. */
export function configJsonSchema(options: JsonSchemaOptions = {}): JsonObject {
  const { $defs, ...base } = generate(config);
  const patch = patchOf(generate(merged.omit({ triggers: true })));
  const settings: JsonObject = { ...asMap(patch["properties"]), triggers: triggersPatch() };
  const closed = (properties: JsonObject): JsonObject => ({ type: "object", properties, additionalProperties: false });
  const section = (name: string | undefined, required: boolean): JsonObject => {
    const adapter = name === undefined ? undefined : options.targets?.[name];
    const { properties, required: needed, ...own } = adapter === undefined ? {} : generate(adapter);
    const common = asMap(generate(z.looseObject(targetCommon))["properties"]);
    const keys: JsonObject = {
      ...asMap(properties),
      ...common,
      override: describe({ $ref: "#/$defs/override" }, common["override"]),
    };
    if (required)
      return {
        ...own,
        type: "object",
        properties: keys,
        ...(needed === undefined ? {} : { required: needed }),
        additionalProperties: adapter === undefined,
      };
    return {
      type: "object",
      properties: asMap(patchOf({ type: "object", properties: keys })["properties"]),
      additionalProperties: adapter === undefined,
    };
  };
  const sections = (required: boolean): JsonObject => ({
    type: "object",
    properties: Object.fromEntries(
      Object.keys(options.targets ?? {}).map((name) => [
        name,
        { description: `What is set for ${name} alone.`, ...section(name, required) },
      ]),
    ),
    additionalProperties: options.targets === undefined ? section(undefined, required) : false,
  });
  const properties = asMap(base["properties"]);
  const stage = closed({
    ...settings,
    targets: { ...sections(false), description: "What differs on one target, for this stage." },
  });
  const document: JsonObject = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: ID,
    title: "fnpkg runtime configuration",
    ...base,
    properties: {
      ...properties,
      targets: describe(sections(true), properties["targets"]),
      stages: describe(
        { type: "object", propertyNames: { pattern: patternOf(stageName) }, additionalProperties: stage },
        properties["stages"],
      ),
    },
    $defs: { ...asMap($defs), override: closed(settings) },
  };
  return options.placeholders === false ? document : (withPlaceholders(document) as JsonObject);
}

function generate(schema: z.ZodType): JsonObject {
  const made = z.toJSONSchema(schema, { target: "draft-2020-12", io: "input", unrepresentable: "any" });
  const plain = JSON.parse(JSON.stringify(made)) as JsonObject;
  return Object.fromEntries(Object.entries(plain).filter(([key]) => key !== "$schema"));
}

function patternOf(schema: z.ZodType): string {
  const { pattern } = generate(schema);
  return typeof pattern === "string" ? pattern : "";
}

/** A merge patch: nothing is required and `null` deletes, in maps at every level. */
function patchOf(schema: JsonObject): JsonObject {
  const { required: _, properties, additionalProperties, default: __, ...rest } = schema;
  const nullable = (child: Json): Json => {
    const { description, ...inner } = patchOf(asMap(child));
    return { ...(description === undefined ? {} : { description }), anyOf: [inner, { type: "null" }] };
  };
  const members =
    properties === undefined
      ? {}
      : { properties: Object.fromEntries(Object.entries(asMap(properties)).map(([key, child]) => [key, nullable(child)])) };
  const others =
    additionalProperties === undefined
      ? {}
      : { additionalProperties: isMap(additionalProperties) ? nullable(additionalProperties) : additionalProperties };
  const variants = isArray(schema["anyOf"]) ? { anyOf: schema["anyOf"].map((variant) => patchOf(asMap(variant))) } : {};
  return { ...rest, ...members, ...others, ...variants };
}

/** Items merge by name; each may leave out what the trigger below has, and `type: null` removes it. */
function triggersPatch(): JsonObject {
  const variants = Object.values(triggerSchemas).map((schema): JsonObject => {
    const patch = patchOf(generate(schema));
    const { name } = schema.shape;
    return { ...patch, properties: { ...asMap(patch["properties"]), name: generate(name) }, required: ["name"] };
  });
  const items: JsonObject = {
    anyOf: variants.map((variant) => Object.fromEntries(Object.entries(variant).filter(([key]) => key !== "$defs"))),
  };
  return {
    description: "Triggers merge by name; `type: null` removes one.",
    anyOf: [{ type: "array", items }, { type: "null" }],
  };
}

function describe(schema: JsonObject, like: Json | undefined): JsonObject {
  const { description } = asMap(like);
  return description === undefined ? schema : { ...schema, description };
}

const PLACEHOLDER: JsonObject = { type: "string", pattern: "\\$\\{.+\\}" };

/** A placeholder beside every value that its text would not fit. */
function withPlaceholders(schema: Json): Json {
  if (isArray(schema)) return schema.map(withPlaceholders);
  if (!isMap(schema)) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, child]) => [
      key,
      key === "propertyNames" || key === "default" || key === "enum" ? child : withPlaceholders(child),
    ]),
  );
  const { type, description, default: byDefault, ...rest } = inner;
  const constrained = type === "string" && ["pattern", "enum", "maxLength", "format"].some((key) => Object.hasOwn(rest, key));
  if (type !== "number" && type !== "integer" && type !== "boolean" && !constrained) return inner;
  if (typeof type !== "string") return inner;
  return {
    ...(description === undefined ? {} : { description }),
    ...(byDefault === undefined ? {} : { default: byDefault }),
    anyOf: [{ type, ...rest }, PLACEHOLDER],
  };
}

function asMap(value: Json | undefined): JsonObject {
  return isMap(value) ? value : {};
}
