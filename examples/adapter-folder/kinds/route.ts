/** A path that the function answers on. */
import type { Lifecycle } from "fnpkg/adapter";
import type { FolderClient } from "../client.ts";
import { routeKind, type RouteProps } from "../resources.ts";
import { documents } from "./lifecycle.ts";

const shared = documents<RouteProps>(routeKind, () => ({}));

export const routeLifecycle: Lifecycle<RouteProps, FolderClient> = {
  permissions: {
    read: ["read the folder"],
    create: ["write the folder"],
    update: ["write the folder"],
    delete: ["write the folder"],
  },
  find: shared.find,
  read: shared.read,
  create: shared.write,
  update: shared.write,
  delete: shared.delete,
};
