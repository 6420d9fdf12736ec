/** The nodejs profile. */
import type { ProfileModule } from "../profile.ts";
import { materialise } from "./materialise.ts";
import { preflight } from "./preflight.ts";
import { seal } from "./seal.ts";
import { verifyLock } from "./verify.ts";

export const nodejs: ProfileModule = { profile: "nodejs", seal, materialise, preflight, verifyLock };
