/** How the archive gets to Lambda: in the request, or through a bucket. */
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { type Archive, FnpkgError, held } from "fnpkg/adapter";
import { isExisting } from "../errors.ts";
import type { Context } from "./shared.ts";

/** docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: "50 MB (zipped, when uploaded through the Lambda API or SDKs)". */
const direct = 50 * 1024 * 1024;

export type Code = { readonly ZipFile: Uint8Array } | { readonly S3Bucket: string; readonly S3Key: string };

/** Where a deployment's archives are in the bucket, by their digest. */
export function uploadPrefix({ client, deployment }: Pick<Context, "client" | "deployment">): string {
  return `${client.section.uploads?.prefix ?? ""}${deployment}/`;
}

/** Base64 within JSON: the bytes, their text, the request's text and its bytes. */
const heldPerByte = 5;

/** Calls `send` with the code as a request names it; uploaded before when it goes through the bucket. */
export async function withCode<T>(cx: Context, archive: Archive, send: (code: Code) => Promise<T>): Promise<T> {
  const { uploads } = cx.client.section;
  if (uploads === undefined) {
    if (archive.size > direct) {
      throw new FnpkgError("E_TARGET_LIMIT", `the archive has ${archive.size} bytes, Lambda takes ${direct} directly`, {
        target: "aws-lambda",
        hint: "Name a bucket for it: `uploads: { bucket: … }` in the target's section.",
      });
    }
    return held(archive.size * heldPerByte, async () => {
      cx.signal.throwIfAborted();
      return send({ ZipFile: await readFile(archive.file) });
    });
  }
  const Key = `${uploadPrefix(cx)}${archive.sha256}.zip`;
  await upload(cx, archive, { Bucket: uploads.bucket, Key });
  return send({ S3Bucket: uploads.bucket, S3Key: Key });
}

/** Create-only: what is there under the digest was checked when it was put there. */
async function upload(cx: Context, archive: Archive, at: { readonly Bucket: string; readonly Key: string }): Promise<void> {
  cx.progress(`uploading ${archive.size} bytes to ${at.Bucket}`);
  try {
    await cx.client.s3.putObject(
      {
        ...at,
        Body: createReadStream(archive.file),
        ContentLength: archive.size,
        ContentType: "application/zip",
        ChecksumSHA256: base64(archive.sha256),
        IfNoneMatch: "*",
      },
      { signal: cx.signal, patienceMs: 10 * 60_000 },
    );
  } catch (cause) {
    if (!isExisting(cause)) throw cause;
  }
}

/** Lambda's `CodeSha256` from a digest in hex, and back. */
export function base64(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}
export function hex(sha256: string): string {
  return Buffer.from(sha256, "base64").toString("hex");
}
