/** Profile name -> its module, loaded at first use. */
import { FnpkgError } from "../errors.ts";
import type { Profile } from "../package/manifest.ts";
import type { ProfileModule } from "./profile.ts";

/**
 * The module of a profile.
 * @throws E_PROFILE for a profile that the format knows and this version can't pack or install yet.
 */
export async function profileOf(name: Profile): Promise<ProfileModule> {
  if (name === "nodejs") return (await import("./nodejs/index.ts")).nodejs;
  throw new FnpkgError(
    "E_PROFILE",
    `the ${name} profile can't be packed or installed yet: this version has nodejs only, ${name} comes in a later one`,
    {
      pointer: "/profile",
    },
  );
}
