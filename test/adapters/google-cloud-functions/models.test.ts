import { describe, expect, test } from "vitest";
import { reserved } from "../../../adapters/google-cloud-functions/config.ts";
import { limits } from "../../../adapters/google-cloud-functions/limits.ts";
import { modelsTitle, noModels, readModel } from "../../engine/check-models.ts";

describe.skipIf(noModels)(`google-cloud-functions: ${modelsTitle}`, () => {
  test("names are within what functionId takes", () => {
    expect(readModel("google/functions.proto")).toMatch(/should be 4-63 characters/);
    const name = limits.rows.find(({ id }) => id === "name");
    if (name?.type !== "pattern") throw new Error("no pattern");
    expect(name.pattern.test("abc")).toBe(false);
    expect(name.pattern.test("abcd")).toBe(true);
    expect(name.pattern.test("a".repeat(63))).toBe(false);
  });

  test("concurrency and memory have the defaults and units that the rows speak of", () => {
    const proto = readModel("google/functions.proto");
    expect(proto).toMatch(/can receive\. Defaults to 1\./);
    expect(proto).toMatch(/Supported units are k, M, G, Mi, Gi/);
  });

  test("reserved paths are fields of the function", () => {
    const proto = readModel("google/functions.proto");
    // Reached over REST only.
    const restOnly = ["directVpcNetworkInterface", "directVpcEgress"];
    for (const { path } of reserved) {
      const [kind, ...fields] = path.slice(1).split("/");
      if (kind !== "cloudfunctions.googleapis.com~1Function") continue;
      for (const field of fields.filter((one) => !restOnly.includes(one))) {
        const snake = field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
        expect(proto, path).toMatch(new RegExp(`\\b${snake} = \\d+`));
      }
    }
  });
});
