/** What is checked of every key and every string of the document, wherever it stands. */
import type { Problem } from "../errors.ts";
import { pointer, type Json } from "../json.ts";
import { isPrototypeKey } from "../schema.ts";
import { hasPlaceholder, parseTemplate } from "./placeholder.ts";
import { isArray, isMap, type Path } from "./tree.ts";

/** E_KEY, and E_INTERPOLATION for placeholders in keys. */
export function checkKeys(value: Json, at: Path): Problem[] {
  if (isArray(value)) return value.flatMap((item, i) => checkKeys(item, [...at, i]));
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, child]): Problem[] => {
    const here = [...at, key];
    if (isPrototypeKey(key)) return [{ code: "E_KEY", message: `the key "${key}" is not allowed`, pointer: pointer(...here) }];
    const inKey: Problem[] = hasPlaceholder(key)
      ? [
          {
            code: "E_INTERPOLATION",
            message: `a key can't hold a placeholder: ${JSON.stringify(key)}`,
            pointer: pointer(...here),
            hint: "Placeholders fill values only.",
          },
        ]
      : [];
    return [...inKey, ...checkKeys(child, here)];
  });
}

/** Placeholders that no environment could fill. */
export function checkStrings(value: Json, at: Path): Problem[] {
  if (isArray(value)) return value.flatMap((item, i) => checkStrings(item, [...at, i]));
  if (isMap(value)) return Object.entries(value).flatMap(([key, child]) => checkStrings(child, [...at, key]));
  if (typeof value !== "string" || !value.includes("${")) return [];
  return parseTemplate(value).faults.map((message) => ({ code: "E_INTERPOLATION", message, pointer: pointer(...at) }));
}
