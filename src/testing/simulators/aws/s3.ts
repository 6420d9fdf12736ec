/** S3: buckets with their notifications, and objects. Strongly consistent: https://aws.amazon.com/s3/consistency/ */
import type { WireAnswer, WireRequest } from "../wire.ts";
import type { AskedOf } from "./asks.ts";
import { type Handlers, serviceOf } from "./operations.ts";
import { s3Failure, xmlAnswer } from "./protocols.ts";
import { type Notifications, readNotifications, writeNotifications } from "./s3-notifications.ts";
import { checkConditions, listAnswer, objectAnswer, type Stored, stored } from "./s3-objects.ts";
import { type Account, AwsFailure, type Service } from "./service.ts";
import { element, parse } from "./xml.ts";

export interface S3 extends Service {
  readonly buckets: {
    /** A bucket as if somebody had made it, in the account's region or another; its ARN. */
    add(name: string, region?: string): string;
  };
}

interface Bucket {
  readonly region: string;
  readonly created: number;
  readonly notifications: Notifications;
  readonly objects: Map<string, Stored>;
}
type State = Map<string, Bucket>;

interface Address {
  readonly bucket: string;
  readonly key: string;
}
interface Input extends Address {
  readonly request: WireRequest;
}

const none: Notifications = { all: [], eventBridge: false };
const xmlns = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/** `https://BUCKET.s3.REGION.amazonaws.com/KEY` or `https://s3.REGION.amazonaws.com/BUCKET/KEY`; an endpoint elsewhere as the latter. */
function addressOf({ headers, url }: WireRequest): Address {
  const hosted = /^(.+)\.s3[.-][\w.-]*amazonaws\.com/.exec(headers["host"] ?? url.host)?.[1];
  const path = decodeURIComponent(url.pathname.slice(1));
  if (hosted !== undefined) return { bucket: hosted, key: path };
  const [bucket = "", ...key] = path.split("/");
  return { bucket, key: key.join("/") };
}

/** By method; a query that names something else of a bucket or an object is another operation, not one of these. */
const ofObject: { readonly [method: string]: string } = {
  PUT: "PutObject",
  GET: "GetObject",
  HEAD: "HeadObject",
  DELETE: "DeleteObject",
};
const ofBucket: { readonly [method: string]: string } = { PUT: "CreateBucket", HEAD: "HeadBucket", DELETE: "DeleteBucket" };
const others = ["acl", "cors", "delete", "lifecycle", "policy", "tagging", "uploads", "uploadId", "versioning", "versions"];

function operationOf(request: WireRequest): string | undefined {
  const { bucket, key } = addressOf(request);
  const { method, url } = request;
  if (others.some((name) => url.searchParams.has(name))) return undefined;
  if (bucket === "") return method === "GET" ? "ListBuckets" : undefined;
  if (key !== "") return ofObject[method];
  if (url.searchParams.has("notification"))
    return { GET: "GetBucketNotificationConfiguration", PUT: "PutBucketNotificationConfiguration" }[method];
  if (url.searchParams.has("location")) return method === "GET" ? "GetBucketLocation" : undefined;
  if (method === "GET") return url.searchParams.get("list-type") === "2" ? "ListObjectsV2" : undefined;
  return ofBucket[method];
}

export function s3(account: Account): S3 & AskedOf["s3"] {
  const { around, region } = account;
  const cell = { now: new Map() as State };
  const xml = (document: string) => xmlAnswer(document, { type: "application/xml" });
  const made = (its: string): Bucket => ({ region: its, created: around.now(), notifications: none, objects: new Map() });

  const anywhere = ({ bucket: name, request }: Input): Bucket => {
    const bucket = cell.now.get(name);
    if (bucket === undefined)
      throw new AwsFailure(404, "NoSuchBucket", "The specified bucket does not exist", { BucketName: name });
    const owner = request.headers["x-amz-expected-bucket-owner"];
    if (owner !== undefined && owner !== account.id) throw new AwsFailure(403, "AccessDenied", "Access Denied");
    return bucket;
  };
  const here = (input: Input): Bucket => {
    const bucket = anywhere(input);
    if (bucket.region === region) return bucket;
    throw new AwsFailure(
      301,
      "PermanentRedirect",
      "The bucket you are attempting to access must be addressed using the specified endpoint.",
    );
  };
  const objectOf = (input: Input): Stored => {
    const object = here(input).objects.get(input.key);
    if (object === undefined) throw new AwsFailure(404, "NoSuchKey", "The specified key does not exist.", { Key: input.key });
    return object;
  };

  const handlers: Handlers = {
    ListBuckets() {
      const Bucket = [...cell.now]
        .toSorted(byName)
        .map(([Name, { created }]) => ({ Name, CreationDate: new Date(created).toISOString() }));
      return xml(element("ListAllMyBucketsResult", { Owner: { ID: account.id }, Buckets: { Bucket } }, xmlns));
    },
    CreateBucket({ bucket: name, request }: Input) {
      if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name))
        throw new AwsFailure(400, "InvalidBucketName", "The specified bucket is not valid.");
      const asked = parse(Buffer.from(request.body).toString())?.children.find(
        ({ name: its }) => its === "LocationConstraint",
      )?.text;
      if ((asked ?? "us-east-1") !== region)
        throw new AwsFailure(
          400,
          "IllegalLocationConstraintException",
          `The ${asked ?? "unspecified"} location constraint is incompatible for the region specific endpoint this request was sent to.`,
        );
      if (cell.now.has(name) && region !== "us-east-1")
        throw new AwsFailure(
          409,
          "BucketAlreadyOwnedByYou",
          "Your previous request to create the named bucket succeeded and you already own it.",
        );
      if (!cell.now.has(name)) cell.now.set(name, made(region));
      return { status: 200, headers: { location: `/${name}` } };
    },
    HeadBucket(input: Input) {
      return { status: 200, headers: { "x-amz-bucket-region": here(input).region } };
    },
    DeleteBucket(input: Input) {
      if (here(input).objects.size > 0)
        throw new AwsFailure(409, "BucketNotEmpty", "The bucket you tried to delete is not empty");
      cell.now.delete(input.bucket);
      return { status: 204 };
    },
    GetBucketLocation(input: Input) {
      const its = anywhere(input).region;
      return xml(element("LocationConstraint", its === "us-east-1" ? "" : its, xmlns));
    },
    GetBucketNotificationConfiguration: (input: Input) => xml(writeNotifications(here(input).notifications)),
    PutBucketNotificationConfiguration(input: Input) {
      const bucket = here(input);
      const { headers, body } = input.request;
      const validated = headers["x-amz-skip-destination-validation"] !== "true";
      const notifications = readNotifications(Buffer.from(body).toString(), input.bucket, account, validated);
      cell.now.set(input.bucket, { ...bucket, notifications });
      return { status: 200 };
    },
    ListObjectsV2: (input: Input) => listAnswer(input.bucket, here(input).objects, input.request.url.searchParams),
    PutObject(input: Input) {
      const { objects } = here(input);
      if (Buffer.byteLength(input.key) > 1024) throw new AwsFailure(400, "KeyTooLongError", "Your key is too long");
      checkConditions(input.request, objects.get(input.key));
      const object = stored(input.request, around.now());
      objects.set(input.key, object);
      return { status: 200, headers: { etag: object.etag } };
    },
    GetObject: (input: Input) => objectAnswer(objectOf(input), input.request),
    HeadObject: (input: Input) => objectAnswer(objectOf(input), input.request),
    DeleteObject(input: Input) {
      here(input).objects.delete(input.key);
      return { status: 204 };
    },
  };

  return {
    ...serviceOf({
      name: "s3",
      protocol: {
        operationOf,
        inputOf: (_, request) => ({ ...addressOf(request), request }),
        answer: (_, output) => output as WireAnswer,
        fail: s3Failure,
      },
      handlers,
      cell,
      snapshot: () =>
        [...cell.now].toSorted(byName).map(([name, { region: its, notifications, objects }]) => ({
          name,
          region: its,
          notifications,
          objects: [...objects].toSorted(byName).map(([key, { headers, bytes }]) => ({ key, headers, size: bytes.byteLength })),
        })),
    }),
    buckets: {
      add(name, its = region) {
        cell.now.set(name, made(its));
        return `arn:aws:s3:::${name}`;
      },
    },
    exists: (name) => cell.now.has(name),
    object: (name, key) => cell.now.get(name)?.objects.get(key)?.bytes,
  };
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
