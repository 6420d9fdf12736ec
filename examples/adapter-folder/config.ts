/** The section `targets.folder`. */
import { z } from "zod";

export const config = z.strictObject({
  root: z.string().min(1).describe("The folder of all deployments, relative to the configuration file."),
});
export type Section = z.output<typeof config>;
