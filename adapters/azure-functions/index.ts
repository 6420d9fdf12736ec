/** What `check` needs of azure-functions. */
import type { Target } from "fnpkg/adapter";
import { config, reserved, type Section } from "./config.ts";
import { limits } from "./limits.ts";

export const target: Target<Section> = { name: "azure-functions", contract: 1, config, limits, reserved };
