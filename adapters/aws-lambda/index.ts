/** What `check` needs of aws-lambda. */
import type { Target } from "fnpkg/adapter";
import { config, reserved, type Section } from "./config.ts";
import { limits } from "./limits.ts";

export const target: Target<Section> = { name: "aws-lambda", contract: 1, config, limits, reserved };
