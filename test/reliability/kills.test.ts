/**
 * The command line killed without warning: at every call to a simulated vendor, and at every step on this machine. The same
 * command again ends as if nothing had happened. `FNPKG_KILLS=all` is every point; `FNPKG_KILLS="local update 17 lost"` is one.
 */
import { describe, it } from "vitest";
import { inSite } from "../cli/support.ts";
import { choice, run, table, type World } from "./kills/driver.ts";
import { cloudWorld } from "./kills/cloud-world.ts";
import { aws, azure, google } from "./kills/clouds.ts";
import { localWorld } from "./kills/local-world.ts";
import type { Site } from "../cli/support.ts";

const asked = process.env["FNPKG_KILLS"];
const choose = choice(asked, 2);
const long = asked === undefined ? 180_000 : 4 * 3_600_000;

const worlds: { readonly [target: string]: (site: Site) => Promise<World> } = {
  local: localWorld,
  "google-cloud-functions": (site) => cloudWorld([google()], site),
  "azure-functions": (site) => cloudWorld([azure()], site),
  "aws-lambda": (site) => cloudWorld([aws()], site),
  "all-at-once": (site) => cloudWorld([aws(), google(), azure()], site),
};

describe.concurrent("a command that was killed is taken up by the same command", () => {
  for (const [target, open] of Object.entries(worlds)) {
    if (asked !== undefined && asked !== "all" && asked.split(" ")[0] !== target) continue;
    it(
      target,
      () =>
        inSite(async (site) => {
          const world = await open(site);
          const failures: string[] = [];
          for (const verb of world.verbs)
            await run(target, world, verb, choose).catch((cause: Error) => failures.push(cause.message));
          await world.close();
          if (asked !== undefined) process.stdout.write(`\n${table()}\n`);
          if (failures.length > 0) throw new Error(failures.join("\n\n"));
        }),
      long,
    );
  }
});
