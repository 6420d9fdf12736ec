/** The local target: functions run on this machine, by the rules that hold in the clouds. */
import { type Adapter, entryUrl, FnpkgError } from "fnpkg/adapter";
import { connect, type LocalClient } from "./client.ts";
import { type Section, section } from "./config.ts";
import { explain } from "./errors.ts";
import { functionLifecycle } from "./kinds/function.ts";
import { triggerLifecycle } from "./kinds/trigger.ts";
import { layout } from "./layout.ts";
import { limitsWith, reserved } from "./limits.ts";
import { operations } from "./operations.ts";
import { preflight } from "./preflight.ts";
import { functionKind, triggerKind } from "./resources.ts";
import { translate } from "./translate.ts";

export const adapter: Adapter<Section, LocalClient> = {
  name: "local",
  contract: 1,
  version: "3",
  config: section,
  limits: limitsWith(process.versions.node, process.platform),
  reserved,
  entries: { nodejs: entryUrl(import.meta.url, "./runtime/nodejs.js") },
  layout,
  translate,
  kinds: { [functionKind]: functionLifecycle, [triggerKind]: triggerLifecycle },
  operations,
  connect: async (config, { credentials }) => {
    if (credentials === undefined) return connect(config);
    throw new FnpkgError("E_USAGE", "the local target takes no credentials", {
      target: "local",
      hint: "Leave `credentials` out: functions run as this user.",
    });
  },
  preflight: async (cx, config) => preflight(cx, config),
  explain,
};
