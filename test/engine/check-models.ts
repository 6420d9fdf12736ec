/** The vendors' own machine-readable models, where FNPKG_MODELS names the folder that holds them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.env["FNPKG_MODELS"] ?? "";

/** Without the models there is nothing to compare with: such tests are skipped, by this name. */
export const noModels = folder === "";
export const modelsTitle = noModels ? "skipped: needs FNPKG_MODELS" : "rows against the vendor's models";

/** One model's text. */
export function readModel(path: string): string {
  return readFileSync(join(folder, path), "utf8");
}
