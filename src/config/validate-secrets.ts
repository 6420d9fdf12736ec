/** Plain values under `secrets`. */
import type { Problem } from "../errors.ts";
import { pointer, type Json } from "../json.ts";
import { isMap, type Path } from "./tree.ts";

/** A value where a secret's reference belongs. Never quoted. */
export function plaintext(key: string, value: Json, at: Path): Problem[] {
  if (key !== "secrets" || !isMap(value)) return [];
  return Object.entries(value).flatMap(([name, binding]): Problem[] => {
    const plain =
      typeof binding === "string" || typeof binding === "number" || (isMap(binding) && binding["value"] !== undefined);
    if (!plain) return [];
    return [
      {
        code: "E_PLAINTEXT_SECRET",
        message: `the secret ${name} is given as a plain value; a reference belongs here`,
        pointer: pointer(...at, name),
        hint: `Write ${name}: { secret: NAME }, and name the vendor's secret under \`resources\`. Change the secret if the file was shared.`,
      },
    ];
  });
}

/** One slip, one problem: what `plaintext` found is not also a schema problem. */
export function dropDoubles(problems: readonly Problem[]): Problem[] {
  const plain = problems.filter((p) => p.code === "E_PLAINTEXT_SECRET").map((p) => p.pointer ?? "");
  return problems.filter(
    (p) => p.code === "E_PLAINTEXT_SECRET" || !plain.some((at) => p.pointer === at || p.pointer?.startsWith(`${at}/`) === true),
  );
}
