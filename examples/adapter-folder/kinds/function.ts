/** The anchor: created first, deleted last; its mark says what was deployed. */
import type { Cx, Lifecycle } from "fnpkg/adapter";
import { FnpkgError } from "fnpkg/adapter";
import { type FolderClient, pathOf } from "../client.ts";
import { type FunctionProps, functionKind } from "../resources.ts";
import { documents } from "./lifecycle.ts";

const shared = documents<FunctionProps>(functionKind, (cx) => ({ folder: pathOf(cx.client, cx.deployment) }));

async function write(cx: Cx<FolderClient>, id: string, props: FunctionProps): Promise<{ folder: string }> {
  if (cx.content === undefined || cx.derivation === undefined) throw new FnpkgError("E_INTERNAL", "there is no code to deploy");
  await cx.client.release(cx.deployment, cx.content);
  const mark = { deployment: cx.deployment, package: cx.package, resource: id };
  await cx.client.put(cx.deployment, id, { kind: functionKind, props, mark, derivation: cx.derivation });
  return { folder: pathOf(cx.client, cx.deployment) };
}

export const functionLifecycle: Lifecycle<FunctionProps, FolderClient> = {
  anchor: true,
  secret: ["/env/*"],
  whole: ["/env"],
  permissions: {
    read: ["read the folder"],
    create: ["write the folder"],
    update: ["write the folder"],
    delete: ["write the folder"],
  },
  find: shared.find,
  read: shared.read,
  create: write,
  update: write,
  async delete(cx, id) {
    await cx.client.remove(cx.deployment, "releases");
    await shared.delete(cx, id);
  },
};
