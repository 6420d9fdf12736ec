/** The section `targets.local`. */
import { z } from "zod";

export const section = z.strictObject({
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe("The port of 127.0.0.1 that the http trigger answers on. Default: a free one, kept over restarts."),
  dataDir: z
    .string()
    .min(1)
    .optional()
    .describe("Where deployments live, relative to the configuration file. Default: `.fnpkg/local`."),
});

export type Section = z.output<typeof section>;
