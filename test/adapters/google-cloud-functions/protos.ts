/** Bodies held against the vendor's own protos, in the JSON form that protobuf.js writes: unknown fields, enums, what is output only. */
import { invalid } from "../../../src/testing/simulators/google/status.ts";
import type { GoogleBodyCheck, Json, JsonMap } from "../../../src/testing/simulators/google/world.ts";

interface Field {
  readonly type: string;
  readonly rule?: "repeated";
  readonly keyType?: string;
  readonly options?: { readonly [option: string]: unknown };
}
interface Type {
  readonly fields?: { readonly [name: string]: Field };
  readonly values?: { readonly [name: string]: number };
  readonly nested?: { readonly [name: string]: Type };
}

/** Fields that the REST API takes and the published protos don't have (firebase-tools src/gcp/cloudfunctionsv2.ts). */
const restOnly: { readonly [type: string]: readonly string[] } = {
  ServiceConfig: ["directVpcNetworkInterface", "directVpcEgress"],
};
const behaviour = "(google.api.field_behavior)";

/** `document`: the text of `functions.protos.json`. `space`: where the types are. */
export function protos(document: string, space: readonly string[]): GoogleBodyCheck {
  let scope: Type = JSON.parse(document) as Type;
  for (const name of space) scope = scope.nested?.[name] ?? {};

  const check = (scopes: readonly Type[], name: string, value: Json, place: string): void => {
    const type = find(scopes, name);
    if (type === undefined) return checkScalar(name, value, place);
    if (type.values !== undefined) {
      const known = typeof value === "number" ? Object.values(type.values) : Object.keys(type.values);
      if (!(known as unknown[]).includes(value)) throw invalid(place, `no value of ${name}: ${JSON.stringify(value)}`);
      return;
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(place, "expected an object");
    for (const [key, inner] of Object.entries(value)) {
      const at = place === "" ? key : `${place}.${key}`;
      if (restOnly[name]?.includes(key) === true) continue;
      const field = type.fields?.[key];
      if (field === undefined) throw invalid(at, `Cannot find field in ${name}.`);
      if (field.options?.[behaviour] === "OUTPUT_ONLY") throw invalid(at, "is output only.");
      const within = [...scopes, type];
      if (field.keyType !== undefined) for (const item of Object.values(mapIn(inner, at))) check(within, field.type, item, at);
      else if (field.rule === "repeated") for (const item of listIn(inner, at)) check(within, field.type, item, at);
      else check(within, field.type, inner, at);
    }
    for (const [key, { options }] of Object.entries(type.fields ?? {})) {
      const at = place === "" ? key : `${place}.${key}`;
      if (options?.[behaviour] === "REQUIRED" && !Object.hasOwn(value, key)) throw invalid(at, "is required.");
    }
  };
  return {
    mustFit: (type, body) => check([scope], type, body, ""),
    mustBeField(name, path) {
      let type = find([scope], name);
      const scopes = [scope];
      for (const part of path.split(".")) {
        if (type === undefined) throw invalid("updateMask", `no field ${path}`);
        if (restOnly[name]?.includes(part) === true) return;
        const field: Field | undefined = type.fields?.[part];
        if (field === undefined) throw invalid("updateMask", `no field ${path}`);
        if (field.options?.[behaviour] === "OUTPUT_ONLY") throw invalid("updateMask", `${path} is output only.`);
        scopes.push(type);
        name = field.type;
        type = field.keyType === undefined && field.rule === undefined ? find(scopes, field.type) : undefined;
      }
    },
  };
}

/** The innermost of that name. */
function find(scopes: readonly Type[], name: string): Type | undefined {
  return scopes.toReversed().find(({ nested }) => nested?.[name] !== undefined)?.nested?.[name];
}

function checkScalar(name: string, value: Json, place: string): void {
  const expected = /^(string|bytes|.*Timestamp|.*Duration|.*FieldMask)$/.test(name)
    ? "string"
    : name === "bool"
      ? "boolean"
      : "number";
  const is = typeof value === expected || (name === "int64" && typeof value === "string");
  if (!is && !name.includes("Any")) throw invalid(place, `expected ${expected}`);
}

function mapIn(value: Json, place: string): JsonMap {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw invalid(place, "expected a map");
}

function listIn(value: Json, place: string): readonly Json[] {
  if (Array.isArray(value)) return value;
  throw invalid(place, "expected a list");
}
