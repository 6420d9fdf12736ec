/**
 * The command line killed without warning: at every call to a simulated vendor, and at every step on this machine. The same
 * command again ends as if nothing had happened. `FNPKG_KILLS=all` is every point, `local` those of one target, `local update 17 lost`
 * one of them; without it a few.
 */
import { describe, it } from "vitest";
import { inSite, type Site } from "../cli/support.ts";
import { cloudWorld } from "./kills/cloud-world.ts";
import { aws, azure, google } from "./kills/clouds.ts";
import { every, named, run, sample, table, type World } from "./kills/driver.ts";
import { localWorld } from "./kills/local-world.ts";

const asked = process.env["FNPKG_KILLS"] ?? "";
const timeout = asked === "" ? 180_000 : 8 * 3_600_000;

const worlds = {
  local: localWorld,
  "google-cloud-functions": (site: Site) => cloudWorld([google()], site),
  "azure-functions": (site: Site) => cloudWorld([azure()], site),
  "aws-lambda": (site: Site) => cloudWorld([aws()], site),
} as const satisfies { readonly [target: string]: (site: Site) => Promise<World> };
/** Three processes' worth of calls, of which some are enough. */
const together = { "all-at-once": (site: Site) => cloudWorld([aws(), google(), azure()], site, ["deploy", "update"]) } as const;
const all = { ...worlds, ...together };

const targets = (Object.keys(asked === "" ? worlds : all) as (keyof typeof all)[]).filter(
  (target) => asked === "" || asked === "all" || asked.split(" ")[0] === target,
);
const choose = (target: keyof typeof all) =>
  asked === "" ? sample(1) : asked !== "all" ? named(asked) : target === "all-at-once" ? sample(40) : every;

describe.concurrent("a command that was killed is taken up by the same command", () => {
  it.each(targets)("%s", { timeout }, (target) =>
    inSite(async (site) => {
      const world = await all[target](site);
      const failures: string[] = [];
      for (const verb of world.verbs)
        await run(target, world, verb, choose(target)).catch((cause: Error) => failures.push(cause.message));
      await world.close();
      if (asked !== "") process.stdout.write(`\n${table(target)}\n`);
      if (failures.length > 0) throw new Error(failures.join("\n\n"));
    }),
  );
});
