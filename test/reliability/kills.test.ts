/**
 * The command line killed without warning: at every call to a simulated vendor, and at every step on this machine. The same
 * command again ends as if nothing had happened. `FNPKG_KILLS=all` is every point, `local` those of one target, `local update 17 lost`
 * one of them; without it a few.
 */
import { describe, it } from "vitest";
import { inSite, type Site } from "../cli/support.ts";
import { cloudWorld } from "./kills/cloud-world.ts";
import { aws, azure } from "./kills/clouds.ts";
import { choice, run, table, type World } from "./kills/driver.ts";
import { localWorld } from "./kills/local-world.ts";

const asked = process.env["FNPKG_KILLS"] ?? "";
const choose = choice(asked, 1);
const timeout = asked === "" ? 180_000 : 8 * 3_600_000;

const worlds = {
  local: localWorld,
  "azure-functions": (site: Site) => cloudWorld([azure()], site),
  "aws-lambda": (site: Site) => cloudWorld([aws()], site),
  "all-at-once": (site: Site) => cloudWorld([aws(), azure()], site, asked === "" ? ["deploy"] : ["deploy", "update"]),
} as const satisfies { readonly [target: string]: (site: Site) => Promise<World> };

const targets = (Object.keys(worlds) as (keyof typeof worlds)[]).filter(
  (target) => asked === "" || asked === "all" || asked.split(" ")[0] === target,
);

describe.concurrent("a command that was killed is taken up by the same command", () => {
  it.each(targets)("%s", { timeout }, (target) =>
    inSite(async (site) => {
      const world = await worlds[target](site);
      const failures: string[] = [];
      for (const verb of world.verbs)
        await run(target, world, verb, choose).catch((cause: Error) => failures.push(cause.message));
      await world.close();
      if (asked !== "") process.stdout.write(`\n${table(target)}\n`);
      if (failures.length > 0) throw new Error(failures.join("\n\n"));
    }),
  );
});
