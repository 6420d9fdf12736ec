/** A whole target: deploys into a folder, and each call is a process. */
import type { Adapter } from "fnpkg/adapter";
import { connect, type FolderClient } from "./client.ts";
import { config, type Section } from "./config.ts";
import { functionLifecycle } from "./kinds/function.ts";
import { routeLifecycle } from "./kinds/route.ts";
import { layout } from "./layout.ts";
import { limits } from "./limits.ts";
import { operations } from "./operations.ts";
import { functionKind, routeKind } from "./resources.ts";
import { translate } from "./translate.ts";

export const adapter: Adapter<Section, FolderClient> = {
  name: "folder",
  contract: 1,
  version: "1.0.0",
  config,
  limits,
  entries: { nodejs: new URL("./dist/nodejs.mjs", import.meta.url) },
  layout,
  translate,
  kinds: { [functionKind]: functionLifecycle, [routeKind]: routeLifecycle },
  operations,
  connect,
};
