/** The blob service, learn.microsoft.com/rest/api/storageservices: version 2021-12-02, and metadata as headers. */
import { createWriteStream } from "node:fs";
import type { BlobApi, Call } from "./client-api.ts";
import { scopes, type Tokens } from "./client-credentials.ts";
import { type Outgoing, type Send, trusted } from "./client-rest.ts";

export function blobs(send: Send, token: Tokens): BlobApi {
  const call = async (method: Outgoing["method"], address: string, how: Call, more: Partial<Outgoing> = {}) => {
    const url = trusted(address, "the storage account's address");
    const authorization = `Bearer ${await token(scopes.storage, how.signal)}`;
    return send({ method, url, ...more, headers: { authorization, "x-ms-version": "2021-12-02", ...more.headers } }, how);
  };
  return {
    async put(address, { file, size }, metadata, { signal }) {
      const named = Object.entries(metadata).map(([name, value]) => [`x-ms-meta-${name}`, value]);
      const headers = {
        "x-ms-blob-type": "BlockBlob",
        "content-type": "application/zip",
        ...(Object.fromEntries(named) as object),
      };
      await call("PUT", address, { signal, patienceMs: 10 * 60_000 }, { body: { file, size }, headers });
    },
    async head(address, how) {
      const { headers } = await call("HEAD", address, how);
      return Object.fromEntries(
        Object.entries(headers).flatMap(([name, value]) => (name.startsWith("x-ms-meta-") ? [[name.slice(10), value]] : [])),
      );
    },
    async copyTo(address, file, { signal }) {
      await call("GET", address, { signal, patienceMs: 10 * 60_000 }, { into: () => createWriteStream(file, { mode: 0o600 }) });
    },
    async list(container, prefix, marker, how) {
      const url = new URL(container);
      url.searchParams.set("restype", "container");
      url.searchParams.set("comp", "list");
      url.searchParams.set("prefix", prefix);
      if (marker !== undefined) url.searchParams.set("marker", marker);
      const { body } = await call("GET", url.href, how);
      const text = String(body);
      const next = /<NextMarker>([^<]+)<\/NextMarker>/.exec(text)?.[1];
      return {
        names: [...text.matchAll(/<Name>([^<]+)<\/Name>/g)].map(([, name = ""]) => unescaped(name)),
        next: next === undefined ? undefined : unescaped(next),
      };
    },
    async delete(address, how) {
      await call("DELETE", address, how);
    },
  };
}

/** XML's text as it was meant. */
function unescaped(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}
