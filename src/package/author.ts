/** The author file, `function-package.yaml` or `.json`: what `pack` reads. */
import { z } from "zod";
import { common, entryPoints } from "./manifest.ts";

const text = z.string().min(1);
const globs = z.array(text);

export const author = z.strictObject({
  ...common,
  entryPoint: z.record(z.string(), z.unknown()).optional(),
  dependencies: z
    .strictObject({ lock: text.optional(), delivery: z.enum(["embedded", "referenced", "bundled"]).optional() })
    .optional(),
  build: z
    .strictObject({
      entry: text,
      bundle: z.boolean().optional(),
      minify: z.boolean().optional(),
      sourcemap: z.boolean().optional(),
      external: z.array(text).optional(),
    })
    .optional(),
  include: globs.optional(),
  exclude: globs.optional(),
  executables: globs.optional(),
  allow: globs.optional(),
});

export type AuthorFile = z.infer<typeof author>;
export { entryPoints };
