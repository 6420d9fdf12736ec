/** Objects: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html and its neighbours. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { WireAnswer, WireRequest } from "../wire.ts";
import { page } from "./inputs.ts";
import { xmlAnswer } from "./protocols.ts";
import { AwsFailure } from "./service.ts";
import { element } from "./xml.ts";

export interface Stored {
  readonly bytes: Uint8Array;
  readonly etag: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** Those that are handed back: the content's and `x-amz-meta-…`. */
  readonly headers: { readonly [name: string]: string };
}

const kept = /^(content-(type|encoding|disposition|language)|cache-control|expires|x-amz-meta-.+|x-amz-checksum-(crc32|sha256))$/;

/** The object of a request; fails when it is not what its checksums say. */
export function stored({ headers, body }: WireRequest, now: number): Stored {
  const bytes = /aws-chunked/.test(headers["content-encoding"] ?? "") ? unchunked(body) : new Uint8Array(body);
  const sums: readonly (readonly [header: string, sum: () => string])[] = [
    ["content-md5", () => createHash("md5").update(bytes).digest("base64")],
    ["x-amz-checksum-sha256", () => createHash("sha256").update(bytes).digest("base64")],
    ["x-amz-checksum-crc32", () => crcOf(bytes)],
  ];
  for (const [header, sum] of sums)
    if (headers[header] !== undefined && headers[header] !== sum())
      throw new AwsFailure(
        400,
        "BadDigest",
        `The ${header.replace("x-amz-checksum-", "").toUpperCase()} you specified did not match the calculated checksum.`,
      );
  const given = Object.entries(headers).filter(([name, value]) => kept.test(name) && value !== "aws-chunked");
  const etag = `"${createHash("md5").update(bytes).digest("hex")}"`;
  return { bytes, etag, modified: now, headers: { "content-type": "application/octet-stream", ...Object.fromEntries(given) } };
}

function crcOf(bytes: Uint8Array): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString("base64");
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html: sizes in hexadecimal, the last one 0. */
function unchunked(body: Uint8Array): Uint8Array {
  const all = Buffer.from(body);
  const parts: Buffer[] = [];
  for (let at = 0; at < all.length;) {
    const end = all.indexOf("\r\n", at);
    const size = Number.parseInt(all.subarray(at, end).toString().split(";")[0] ?? "", 16);
    if (end < 0 || !Number.isInteger(size))
      throw new AwsFailure(400, "IncompleteBody", "The request body terminated unexpectedly");
    if (size === 0) break;
    parts.push(all.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** Conditions of a request: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html */
export function checkConditions({ headers }: WireRequest, there: Stored | undefined): void {
  const [match, none] = [headers["if-match"], headers["if-none-match"]];
  const fails = (match !== undefined && match !== there?.etag) || (none === "*" && there !== undefined);
  if (fails) throw new AwsFailure(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
}

export function objectAnswer({ bytes, etag, modified, headers }: Stored, { method, headers: asked }: WireRequest): WireAnswer {
  const shown = Object.entries(headers).filter(
    ([name]) => asked["x-amz-checksum-mode"] === "ENABLED" || !name.startsWith("x-amz-checksum-"),
  );
  return {
    status: 200,
    headers: {
      ...Object.fromEntries(shown),
      etag,
      "last-modified": new Date(modified).toUTCString(),
      ...(method === "HEAD" ? { "content-length": String(bytes.byteLength) } : {}),
    },
    body: bytes,
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function listAnswer(bucket: string, objects: ReadonlyMap<string, Stored>, query: URLSearchParams): WireAnswer {
  const [prefix, delimiter, after] = ["prefix", "delimiter", "start-after"].map((name) => query.get(name) ?? "") as [
    string,
    string,
    string,
  ];
  const most = Math.min(Number(query.get("max-keys") ?? "1000"), 1000);
  if (!Number.isInteger(most) || most < 0) throw new AwsFailure(400, "InvalidArgument", "max-keys is not an integer");
  const written = query.get("encoding-type") === "url" ? encodeURIComponent : (text: string) => text;
  const folderOf = (key: string) => {
    const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    return end < 0 ? undefined : key.slice(0, end + delimiter.length);
  };
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).toSorted(byBytes);
  const rows = [...new Set(keys.map((key) => folderOf(key) ?? key))];
  const { items, next } = page(rows, query.get("continuation-token") ?? undefined, most === 0 ? 1 : most, "InvalidArgument");
  const shown = most === 0 ? [] : items;
  const Contents = shown.flatMap((key) => {
    const one = objects.get(key);
    if (one === undefined || folderOf(key) !== undefined) return [];
    const LastModified = new Date(one.modified).toISOString();
    return [{ Key: written(key), LastModified, ETag: one.etag, Size: one.bytes.byteLength, StorageClass: "STANDARD" }];
  });
  const CommonPrefixes = shown.filter((key) => folderOf(key) !== undefined).map((key) => ({ Prefix: written(key) }));
  const result = {
    Name: bucket,
    Prefix: written(prefix),
    KeyCount: shown.length,
    MaxKeys: most,
    IsTruncated: most > 0 && next !== undefined,
    NextContinuationToken: most === 0 ? undefined : next,
    EncodingType: query.get("encoding-type") ?? undefined,
    Contents,
    CommonPrefixes,
  };
  return xmlAnswer(element("ListBucketResult", result, ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'), {
    type: "application/xml",
  });
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
