/** JSON Schemas 2020-12 of the package's two documents. */
import { z } from "zod";
import { author } from "./author.ts";
import { manifest } from "./manifest.ts";

export type JsonSchema = Record<string, unknown>;

/** By document: `manifest` is the sealed `function-package.json`, `author` the author file. Unknown fields are refused. */
export function jsonSchemas(): { readonly manifest: JsonSchema; readonly author: JsonSchema } {
  return {
    manifest: schemaOf(
      manifest,
      "fnpkg sealed manifest 1.0",
      "function-package.json: canonical JSON, written by `fnpkg pack` alone.",
    ),
    author: schemaOf(author, "fnpkg author file 1.0", "function-package.yaml or .json at the root of the author's folder."),
  };
}

function schemaOf(schema: z.ZodType, title: string, description: string): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target: "draft-2020-12", io: "input" }) as JsonSchema;
  return { $schema, title, description, ...rest };
}
