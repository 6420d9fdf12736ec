/** Azure Functions on Flex Consumption: an app on a plan of its own, its settings, its code, and what calls it. */
import { type Adapter, entryUrl } from "fnpkg/adapter";
import { type AzureClient, connect } from "./client.ts";
import { config, reserved, type Section } from "./config.ts";
import { explain } from "./errors.ts";
import { lifecycles } from "./kinds/index.ts";
import { layout } from "./layout.ts";
import { limits } from "./limits.ts";
import { operations, permissions } from "./operations.ts";
import { policy } from "./policy.ts";
import { preflight } from "./preflight.ts";
import { translate } from "./translate.ts";

export const adapter: Adapter<Section, AzureClient> = {
  name: "azure-functions",
  contract: 1,
  version: "1",
  config,
  limits,
  reserved,
  entries: { nodejs: entryUrl(import.meta.url, "./runtime/nodejs.js") },
  layout,
  translate,
  kinds: lifecycles,
  operations,
  permissions,
  policy,
  connect: async (where, how) => connect(where, how),
  disconnect: async (client) => client.close(),
  preflight,
  explain,
};
