/** What `check` needs of google-cloud-functions. */
import type { Target } from "fnpkg/adapter";
import { config, reserved, type Section } from "./config.ts";
import { limits } from "./limits.ts";

export const target: Target<Section> = { name: "google-cloud-functions", contract: 1, config, limits, reserved };
