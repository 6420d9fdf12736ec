/** AWS Lambda: functions with versions and an alias that serves, and what calls them. */
import { type Adapter, entryUrl } from "fnpkg/adapter";
import { type AwsClient, connect } from "./client.ts";
import { credentialsOf } from "./client-credentials.ts";
import { config, reserved, type Section } from "./config.ts";
import { explain } from "./errors.ts";
import { lifecycles } from "./kinds/index.ts";
import { layout } from "./layout.ts";
import { limits } from "./limits.ts";
import { operations } from "./operations.ts";
import { permissions } from "./permissions.ts";
import { policy } from "./policy.ts";
import { preflight } from "./preflight.ts";
import { translate } from "./translate.ts";

export const adapter: Adapter<Section, AwsClient> = {
  name: "aws-lambda",
  contract: 1,
  version: "2",
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
  connect: async (where, { credentials, ...how }) =>
    connect(where, { ...how, ...(credentials === undefined ? {} : { credentials: credentialsOf(credentials) }) }),
  disconnect: (client) => client.close(),
  preflight,
  explain,
};
