/** One trigger against the schema of its type. */
import type { Problem } from "../errors.ts";
import { pointer } from "../json.ts";
import { didYouMean } from "../schema.ts";
import { shapeOf, type Shape } from "./shape.ts";
import { triggerSchemas, triggerTypes, type TriggerOutput, type TriggerType } from "./trigger-schema.ts";
import { isMap, type Path, type Tree } from "./tree.ts";

export interface TriggerShapeOptions {
  readonly at: Path;
  readonly tree?: Tree;
  /** A layer's item: it may leave out what a layer below gives. */
  readonly partial?: boolean;
  /** The type that a layer below gives the trigger of that name. */
  readonly typeOf?: (name: string) => string | undefined;
}

/** Parses one item of `triggers`. */
export function triggerShape(value: unknown, options: TriggerShapeOptions): Shape<TriggerOutput> {
  const problem = (message: string, ...rest: string[]): Shape<TriggerOutput> => ({
    problems: [{ code: "E_SCHEMA", message, pointer: pointer(...options.at, ...rest) }],
  });
  if (!isMap(value)) return problem("a trigger is a map with `name` and `type`");
  const name = typeof value["name"] === "string" ? value["name"] : undefined;
  if (options.partial === true && name === undefined) return problem("the trigger has no `name`; triggers merge by it", "name");
  const type = value["type"] ?? (name === undefined ? undefined : options.typeOf?.(name));
  if (type === undefined) return problem(`the trigger has no type; the types are ${triggerTypes.join(", ")}`, "type");
  if (options.partial === true && typeof type === "string" && type.includes("${")) return { problems: [] };
  if (!isType(type)) {
    const word = typeof type === "string" ? ` "${type}"${didYouMean(type, triggerTypes)}` : "";
    return problem(`no trigger type${word}; the types are ${triggerTypes.join(", ")}`, "type");
  }
  return shapeOf<TriggerOutput>(triggerSchemas[type], { ...value, type }, options);
}

function isType(type: unknown): type is TriggerType {
  return typeof type === "string" && (triggerTypes as readonly string[]).includes(type);
}

/** E_SCHEMA for every name that stands twice. */
export function duplicateNames(triggers: readonly unknown[], at: Path): Problem[] {
  const seen = new Map<string, number>();
  return triggers.flatMap((trigger, index): Problem[] => {
    const name = isMap(trigger) && typeof trigger["name"] === "string" ? trigger["name"] : undefined;
    if (name === undefined) return [];
    const first = seen.get(name);
    seen.set(name, first ?? index);
    if (first === undefined) return [];
    return [
      {
        code: "E_SCHEMA",
        message: `two triggers have the name "${name}"; names are unique`,
        pointer: pointer(...at, index, "name"),
      },
    ];
  });
}
