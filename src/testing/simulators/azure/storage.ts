/** Storage accounts as Resource Manager has them, and blobs: https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api */
import { armError, type Asked, blobError, missing, type Reply } from "./asked.ts";
import type { AzureState, Cloud } from "./state.ts";

export function storage(cloud: Cloud, asked: Asked, rest: readonly string[]): Reply {
  const [, account = "", , , , container] = rest;
  const found = cloud.state.accounts.get(account);
  const id = `${cloud.group}/providers/Microsoft.Storage/storageAccounts/${account}`;
  if (asked.method !== "GET" || found === undefined) return missing(id, cloud.place.resourceGroup);
  if (rest.length === 2) {
    const blob = found.blobEndpoint ?? `https://${account}.blob.core.windows.net/`;
    const properties = { provisioningState: "Succeeded", primaryEndpoints: { blob } };
    return { status: 200, body: { id, name: account, location: cloud.place.region, properties } };
  }
  if (container === undefined || !found.containers.has(container))
    return armError(404, "ContainerNotFound", "The specified container does not exist.");
  return {
    status: 200,
    body: { id: `${id}/blobServices/default/containers/${container}`, name: container, properties: { publicAccess: "None" } },
  };
}

/** The account whose blobs a host serves. */
export function accountAt(host: string): string | undefined {
  return /^([a-z0-9]{3,24})(?:\.blob\.core\.windows\.net|\.z\d\d?\.blob\.storage\.azure\.net)$/.exec(host)?.[1];
}

/** Hosts that accounts name and that answer here, but for the one that configurations name as well. */
export function blobHosts({ accounts }: AzureState): string[] {
  return [...accounts].flatMap(([account, { blobEndpoint }]) => {
    const host = blobEndpoint === undefined ? "" : new URL(blobEndpoint).host;
    return accountAt(host) === account && !host.endsWith(".core.windows.net") ? [host] : [];
  });
}

/** `/CONTAINER/NAME`. */
export function blobService({ state, place }: Cloud, asked: Asked, account: string): Reply {
  if (asked.headers["authorization"] !== `Bearer ${place.token}-storage`)
    return blobError(401, "InvalidAuthenticationInfo", "Server failed to authenticate the request.");
  if (asked.headers["x-ms-version"] === undefined) return blobError(400, "MissingRequiredHeader", "x-ms-version is required.");
  const verb = asked.method === "DELETE" ? "delete" : asked.method === "PUT" ? "write" : "read";
  const action = `Microsoft.Storage/storageAccounts/blobServices/containers/blobs/${verb}`;
  if (state.allowed?.has(action) === false)
    return blobError(
      403,
      "AuthorizationPermissionMismatch",
      "This request is not authorized to perform this operation using this permission.",
    );
  const [, container = "", ...name] = asked.path.split("/");
  if (state.accounts.get(account)?.containers.has(container) !== true)
    return blobError(404, "ContainerNotFound", "The specified container does not exist.");
  if (asked.query.get("comp") === "list") {
    const prefix = asked.query.get("prefix") ?? "";
    const start = `${account}/${container}/`;
    const names = [...state.blobs.keys()].flatMap((key) => (key.startsWith(start + prefix) ? [key.slice(start.length)] : []));
    const items = names
      .toSorted()
      .map((one) => `<Blob><Name>${one}</Name></Blob>`)
      .join("");
    return {
      status: 200,
      headers: { "content-type": "application/xml" },
      body: `<EnumerationResults><Blobs>${items}</Blobs><NextMarker /></EnumerationResults>`,
    };
  }
  const key = `${account}/${container}/${name.join("/")}`;
  const found = state.blobs.get(key);
  if (asked.method === "PUT") {
    if (asked.headers["x-ms-blob-type"] !== "BlockBlob")
      return blobError(400, "MissingRequiredHeader", "x-ms-blob-type is required.");
    const metadata = Object.entries(asked.headers).filter(([header]) => header.startsWith("x-ms-meta-"));
    // The sender's bytes are its own again after the call.
    state.blobs.set(key, { bytes: asked.bytes.slice(), metadata: Object.fromEntries(metadata) });
    return { status: 201 };
  }
  if (found === undefined) return blobError(404, "BlobNotFound", "The specified blob does not exist.");
  if (asked.method === "DELETE") {
    state.blobs.delete(key);
    return { status: 202 };
  }
  return { status: 200, headers: { ...found.metadata }, body: asked.method === "HEAD" ? "" : found.bytes };
}
