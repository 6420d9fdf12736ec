/** Storage accounts as Resource Manager has them, and blobs: https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api */
import type { Asked, Reply } from "./http.ts";
import { type AzureState, missing } from "./state.ts";

export function storage(state: AzureState, asked: Asked, rest: readonly string[], blobs: string): Reply {
  const [, account = "", , , , container] = rest;
  const found = state.accounts.get(account);
  const id = `${state.group}/providers/Microsoft.Storage/storageAccounts/${account}`;
  if (asked.method !== "GET" || found === undefined) return missing(id, state.options.resourceGroup);
  if (rest.length === 2)
    return {
      status: 200,
      body: {
        id,
        name: account,
        location: state.options.region,
        properties: { provisioningState: "Succeeded", primaryEndpoints: { blob: `http://${blobs}/${account}/` } },
      },
    };
  if (container === undefined || !found.containers.has(container))
    return { status: 404, body: { error: { code: "ContainerNotFound", message: "The specified container does not exist." } } };
  return {
    status: 200,
    body: { id: `${id}/blobServices/default/containers/${container}`, name: container, properties: { publicAccess: "None" } },
  };
}

/** Path style: `/ACCOUNT/CONTAINER/NAME`. */
export function blobService(state: AzureState, asked: Asked): Reply {
  const fail = (status: number, code: string, message: string): Reply => ({
    status,
    headers: { "content-type": "application/xml", "x-ms-error-code": code },
    body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  });
  if (asked.headers["authorization"] !== `Bearer ${state.options.token}-storage`)
    return fail(401, "InvalidAuthenticationInfo", "Server failed to authenticate the request.");
  if (asked.headers["x-ms-version"] === undefined) return fail(400, "MissingRequiredHeader", "x-ms-version is required.");
  const verb = asked.method === "DELETE" ? "delete" : asked.method === "PUT" ? "write" : "read";
  const action = `Microsoft.Storage/storageAccounts/blobServices/containers/blobs/${verb}`;
  if (state.options.allowed?.has(action) === false)
    return fail(
      403,
      "AuthorizationPermissionMismatch",
      "This request is not authorized to perform this operation using this permission.",
    );
  const [, account = "", container = "", ...name] = asked.path.split("/");
  if (state.accounts.get(account)?.containers.has(container) !== true)
    return fail(404, "ContainerNotFound", "The specified container does not exist.");
  if (asked.query.get("comp") === "list") {
    const prefix = asked.query.get("prefix") ?? "";
    const start = `${account}/${container}/`;
    const names = [...state.blobs.keys()].flatMap((key) => (key.startsWith(start + prefix) ? [key.slice(start.length)] : []));
    const items = names.map((one) => `<Blob><Name>${one}</Name></Blob>`).join("");
    return {
      status: 200,
      headers: { "content-type": "application/xml" },
      body: `<EnumerationResults><Blobs>${items}</Blobs><NextMarker /></EnumerationResults>`,
    };
  }
  const key = `${account}/${container}/${name.join("/")}`;
  const found = state.blobs.get(key);
  if (asked.method === "PUT") {
    if (asked.headers["x-ms-blob-type"] !== "BlockBlob") return fail(400, "MissingRequiredHeader", "x-ms-blob-type is required.");
    const metadata = Object.entries(asked.headers).flatMap(([header, value]) =>
      header.startsWith("x-ms-meta-") ? [[header, value]] : [],
    );
    state.blobs.set(key, { bytes: asked.bytes, metadata: Object.fromEntries(metadata) as { [name: string]: string } });
    return { status: 201 };
  }
  if (found === undefined) return fail(404, "BlobNotFound", "The specified blob does not exist.");
  if (asked.method === "DELETE") {
    state.blobs.delete(key);
    return { status: 202 };
  }
  return { status: 200, headers: { ...found.metadata }, body: asked.method === "HEAD" ? "" : found.bytes };
}
