/** What a body may hold, where the vendor's protos are not at hand: fields by name, from the REST reference of each service. */
import { invalid } from "./status.ts";
import type { Json, JsonMap } from "./world.ts";

/** `string`, `number`, `boolean`, `map` (of strings), a list of texts, a choice, an object, a list of objects. */
export type Shape =
  | "string"
  | "number"
  | "boolean"
  | "map"
  | "strings"
  | { readonly oneOf: readonly string[] }
  | { readonly object: Fields }
  | { readonly list: Fields };
export interface Fields {
  readonly [field: string]: Shape;
}

/** @throws Status INVALID_ARGUMENT at the first field that is unknown or of another kind */
export function mustFit(value: JsonMap, fields: Fields, at = ""): void {
  for (const [name, given] of Object.entries(value)) {
    const shape = fields[name];
    const place = at === "" ? name : `${at}.${name}`;
    if (shape === undefined) throw invalid(place, "Cannot find field.");
    mustBe(given, shape, place);
  }
}

function mustBe(given: Json, shape: Shape, place: string): void {
  if (typeof shape === "string") {
    if (!isPlain(given, shape)) throw invalid(place, `expected ${shape}`);
  } else if ("oneOf" in shape) {
    if (typeof given !== "string" || !shape.oneOf.includes(given)) throw invalid(place, `expected ${shape.oneOf.join(", ")}`);
  } else if ("object" in shape) {
    if (typeof given !== "object" || given === null || Array.isArray(given)) throw invalid(place, "expected an object");
    mustFit(given, shape.object, place);
  } else {
    if (!Array.isArray(given)) throw invalid(place, "expected a list");
    for (const [index, item] of given.entries()) mustBe(item, { object: shape.list }, `${place}[${index}]`);
  }
}

function isPlain(given: Json, kind: "string" | "number" | "boolean" | "map" | "strings"): boolean {
  if (kind === "strings") return Array.isArray(given) && given.every((item) => typeof item === "string");
  if (kind !== "map") return typeof given === kind;
  return (
    typeof given === "object" &&
    given !== null &&
    !Array.isArray(given) &&
    Object.values(given).every((v) => typeof v === "string")
  );
}
