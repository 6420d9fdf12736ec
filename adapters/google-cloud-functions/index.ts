/** Google Cloud Functions, second generation: functions on Cloud Run, its revisions, and what calls them. */
import { type Adapter, entryUrl } from "fnpkg/adapter";
import { connect, type GoogleClient } from "./client.ts";
import { config, reserved, type Section } from "./config.ts";
import { explain } from "./errors.ts";
import { lifecycles } from "./kinds/index.ts";
import { layout } from "./layout.ts";
import { limits } from "./limits.ts";
import { operations } from "./operations.ts";
import { permissions, policy } from "./permissions.ts";
import { preflight } from "./preflight.ts";
import { translate } from "./translate.ts";

export const adapter: Adapter<Section, GoogleClient> = {
  name: "google-cloud-functions",
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
  preflight,
  explain,
};
