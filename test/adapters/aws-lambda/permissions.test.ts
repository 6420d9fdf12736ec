/** What `permissions` names is enough: every request of a deployment's life is one of its actions. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Trigger } from "fnpkg/adapter";
import { adapter } from "../../../adapters/aws-lambda/index.ts";
import { neededBy } from "../../../src/api/permissions.ts";
import { type Moto, startMoto } from "../../emulators/moto.ts";
import { needsTool, tool } from "../../emulators/tools.ts";
import { noModels } from "../../engine/check-models.ts";
import { actionOf } from "../../wire/aws-authorization.ts";
import { violations } from "../../wire/aws-model.ts";
import { onMoto } from "./moto-bench.ts";
import { config, eventPackage, httpPackage, triggers } from "./moto-site.ts";

const noMoto = tool("moto_server") === undefined;
const needs = needsTool("moto_server");
let moto: Moto;

describe.skipIf(noMoto || noModels)(
  `aws-lambda's permissions on moto${needs}${noModels ? " (skipped: needs FNPKG_MODELS)" : ""}`,
  () => {
    vi.setConfig({ testTimeout: 400_000 });
    beforeAll(async () => void (moto = await startMoto()));
    afterAll(() => moto.close());

    it.each<[string, readonly Trigger[], typeof httpPackage, object]>([
      ["function URL", [triggers.web], httpPackage, {}],
      ["API Gateway", [triggers.web], httpPackage, { http: "api-gateway" }],
      ["queue", [triggers.jobs], eventPackage, {}],
      ["topic", [triggers.orders], eventPackage, {}],
      ["bucket", [triggers.photos], eventPackage, {}],
      ["schedule", [triggers.tick], eventPackage, {}],
      ["stream", [triggers.clicks], eventPackage, {}],
      ["schedule with roles of its own", [triggers.tick], eventPackage, { createRole: true, schedulerRole: undefined }],
    ])("of a %s are enough to make, change and destroy it", async (_, bound, pkg, section) => {
      const first = config(moto, { triggers: bound, tags: { team: "a" }, instances: { max: 2 } }, section);
      // moto keeps a stage's first tags for ever.
      const tags = { tags: bound[0]?.type === "http" ? { team: "a" } : { team: "b", cost: "1" } };
      const second = config(moto, { triggers: bound, memoryMiB: 1024, ...tags }, section);
      const bench = await onMoto(moto, pkg, first);
      try {
        for (const of of [first, second]) expect((await bench.deploy(of)).failure).toBeUndefined();
        expect((await bench.destroy()).failure).toBeUndefined();
        const named = new Set([first, second].flatMap((of) => neededBy(adapter, bench.wanted(of), false)));
        expect(moto.exchanges.flatMap(violations)).toEqual([]);
        const used = new Set(moto.exchanges.flatMap((exchange) => actionOf(exchange) ?? []));
        expect([...used].filter((action) => !named.has(action)).sort()).toEqual([]);
      } finally {
        await bench.close();
      }
    });
  },
);
