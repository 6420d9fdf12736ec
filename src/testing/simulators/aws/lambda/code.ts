/** The code of a function: an archive in the request, or an object in a bucket. */
import { createHash } from "node:crypto";
import { ask } from "../asks.ts";
import { type Account, AwsFailure } from "../service.ts";
import { invalid } from "./errors.ts";
import type { Code } from "./state.ts";

export interface CodeInput {
  /** Base64. */
  readonly ZipFile?: string;
  readonly S3Bucket?: string;
  readonly S3Key?: string;
}

/** docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, "Function configuration, deployment, and execution". */
const limits = { zippedBytes: 50 * 1024 * 1024, unzippedBytes: 262_144_000 };

export function codeOf(account: Account, operation: string, { ZipFile, S3Bucket, S3Key }: CodeInput): Code {
  if (ZipFile !== undefined) {
    const largest = Math.ceil((limits.zippedBytes * 4) / 3);
    if (ZipFile.length > largest)
      throw new AwsFailure(
        413,
        "RequestEntityTooLargeException",
        `Request must be smaller than ${largest} bytes for the ${operation} operation`,
      );
    return checked(Buffer.from(ZipFile, "base64"));
  }
  if (S3Bucket === undefined || S3Key === undefined) throw invalid("Please provide a source for function code.");
  const s3 = ask(account, "s3");
  const found = s3?.object(S3Bucket, S3Key);
  if (found !== undefined) return checked(found);
  const [code, message] =
    s3?.exists(S3Bucket) === true
      ? ["NoSuchKey", "The specified key does not exist."]
      : ["NoSuchBucket", "The specified bucket does not exist"];
  throw invalid(`Error occurred while GetObject. S3 Error Code: ${code}. S3 Error Message: ${message}`);
}

function checked(bytes: Uint8Array): Code {
  const unzipped = unzippedBytes(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (unzipped === undefined) throw invalid("Could not unzip uploaded file. Please check your file, then try to upload again.");
  if (unzipped === 0) throw invalid("Uploaded file must be a non-empty zip");
  if (unzipped > limits.unzippedBytes) throw invalid(`Unzipped size must be smaller than ${limits.unzippedBytes} bytes`);
  return { sha256: createHash("sha256").update(bytes).digest("base64"), size: bytes.byteLength };
}

const end = { signature: 0x06054b50, bytes: 22 };
const entry = { signature: 0x02014b50, bytes: 46 };

/** What the central directory says; nothing where there is none. */
function unzippedBytes(zip: Buffer): number | undefined {
  let at = zip.byteLength - end.bytes;
  while (at >= 0 && zip.readUInt32LE(at) !== end.signature) at--;
  if (at < 0) return undefined;
  const count = zip.readUInt16LE(at + 10);
  let next = zip.readUInt32LE(at + 16);
  let bytes = 0;
  for (let index = 0; index < count; index++) {
    if (next + entry.bytes > zip.byteLength || zip.readUInt32LE(next) !== entry.signature) return undefined;
    bytes += zip.readUInt32LE(next + 24);
    next += entry.bytes + zip.readUInt16LE(next + 28) + zip.readUInt16LE(next + 30) + zip.readUInt16LE(next + 32);
  }
  return bytes;
}
