/** A deployment script as a program of its own: it ends by itself, and prints only what it says. */
import { spawnSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { packSample } from "../cli/samples.ts";
import { inSite, processesOf } from "../cli/support.ts";

const door = pathToFileURL(fileURLToPath(new URL("../../dist/src/index.js", import.meta.url))).href;

describe("a program", () => {
  it("that deploys and destroys ends by itself with nothing printed", () =>
    inSite(async (site) => {
      await packSample(site);
      await site.write(
        "script.mjs",
        `import { deploy, destroy, FnpkgError, status } from ${JSON.stringify(door)};
const where = { config: "app.yaml", target: "local" };
const receipt = await deploy({ ...where, package: "app.fnpkg" });
const answer = await fetch(receipt.url + "/x", { method: "POST", body: "hi", headers: { connection: "close" } });
const text = await answer.text();
const again = await deploy({ ...where, package: "app.fnpkg" });
await destroy(where);
const { state } = await status(where);
const refused = await deploy({ ...where, package: "app.fnpkg", stage: "nope" }).catch((error) => error);
process.stdout.write(JSON.stringify([text, again.url === receipt.url, state, refused instanceof FnpkgError, refused.code]));
`,
      );
      const began = performance.now();
      const ran = spawnSync(process.execPath, ["script.mjs"], {
        cwd: site.folder,
        env: { PATH: process.env["PATH"] ?? "", ...site.env },
        encoding: "utf8",
        timeout: 60_000,
      });
      expect([ran.status, ran.stderr]).toEqual([0, ""]);
      expect(JSON.parse(ran.stdout)).toEqual(["POST /x hi", true, "absent", true, "E_STAGE"]);
      expect(performance.now() - began).toBeLessThan(30_000);
      expect(processesOf(site.folder)).toEqual([]);
    }));
});
