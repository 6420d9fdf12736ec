/** What is done with a deployment beside deploying it. */
import type { Deployed, OperationPermissions, Operations } from "fnpkg/adapter";
import type { AzureClient } from "./client.ts";
import { ifThere } from "./errors.ts";
import { allSites, appOf, outputsOf, siteNamed, stateOf } from "./kinds/app.ts";
import { derivationIn, markIn, publishedIn } from "./kinds/marks.ts";
import { containerAddress, keptOf } from "./kinds/packages.ts";
import type { Context } from "./kinds/shared.ts";
import { invokeEvent, invokeHttp } from "./operations-invoke.ts";
import { logs } from "./operations-logs.ts";
import { rollback, without } from "./operations-rollback.ts";

export const operations: Operations<AzureClient> = {
  invoke: (cx, invocation) => (invocation.type === "http" ? invokeHttp(cx, invocation) : invokeEvent(cx, invocation)),
  logs,
  rollback,
  versions: async () => Promise.reject(without()),
  promote: async () => Promise.reject(without()),
  purge,

  /** Every app of the resource group that carries our mark. */
  async list(given) {
    const cx: Context = { ...given, deployment: "", package: "" };
    const ours = (await allSites(cx)).filter(({ tags }) => markIn(tags ?? {}) !== null);
    const found = await Promise.all(
      ours.map(async ({ name = "" }): Promise<readonly Deployed[]> => {
        const site = await siteNamed(cx, name);
        const tags = site?.tags ?? {};
        const mark = markIn(tags);
        if (site === undefined || mark === null) return [];
        const derivation = derivationIn(tags);
        const { url } = outputsOf(site);
        const state = stateOf(site);
        const half = publishedIn(tags)?.layout !== derivation?.layoutDigest;
        return [
          {
            deployment: mark.deployment,
            package: mark.package,
            ...(derivation === undefined
              ? {}
              : { packageDigest: derivation.packageDigest, configDigest: derivation.configDigest }),
            state: state === "ready" && half ? "code not published" : state,
            ...(url === undefined ? {} : { url }),
          },
        ];
      }),
    );
    return found.flat();
  },
};

/** Archives that were kept. Logs are the component's own. */
async function purge(cx: Context): Promise<void> {
  if (cx.client.section.storage.keepPackages === 0) return;
  const container = await ifThere(containerAddress(cx));
  if (container === undefined) return;
  for (const { address } of (await ifThere(keptOf(cx, appOf(cx), container))) ?? [])
    await ifThere(cx.client.blobs.delete(address, cx));
}

const blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";

export const permissions: OperationPermissions = {
  preflight: [
    "Microsoft.ManagedIdentity/userAssignedIdentities/read",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Storage/storageAccounts/blobServices/containers/read",
    "Microsoft.Storage/storageAccounts/read",
  ],
  list: ["Microsoft.Web/sites/read"],
  invoke: ["Microsoft.Web/sites/functions/read", "Microsoft.Web/sites/host/listkeys/action", "Microsoft.Web/sites/read"],
  logs: ["Microsoft.Insights/components/query/read", "Microsoft.Web/sites/read"],
  rollback: [
    "Microsoft.Storage/storageAccounts/read",
    "Microsoft.Web/sites/functions/read",
    "Microsoft.Web/sites/publish/action",
    "Microsoft.Web/sites/read",
    "Microsoft.Web/sites/write",
    `${blobs}/read`,
  ],
  purge: ["Microsoft.Storage/storageAccounts/read", `${blobs}/delete`, `${blobs}/read`],
};
