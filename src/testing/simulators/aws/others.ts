/**
 * Somebody else at work in the account: adds something of theirs beside ours, always the same under names that begin with
 * `theirs-`, or changes something of ours by hand.
 */
import type { WireRequest } from "../wire.ts";
import { functionArn } from "./lambda/names.ts";
import { type Account, AwsFailure } from "./service.ts";
import type { Services } from "./services.ts";

interface At {
  readonly account: Account;
  readonly services: Services;
  readonly random: () => number;
}

/** What was done; nothing: there is nothing to do it to. */
type Work = (at: At) => string | undefined;

/** One of the works that find something to do. */
export function disturbed(account: Account, services: Services, random: () => number): string {
  const at = { account, services, random };
  const first = Math.floor(random() * works.length);
  for (let step = 0; step < works.length; step++) {
    const done = works[(first + step) % works.length]?.(at);
    if (done !== undefined) return done;
  }
  return "found nothing to do";
}

/** A module, zipped. */
const code =
  "UEsDBBQAAAAAAAAAIQDGRyXXCgAAAAoAAAAIAAAAaW5kZXguanNleHBvcnQge307UEsBAhQDFAAAAAAAAAAhAMZHJdcKAAAACgAAAAgAAAAAAAAAAAAAAIABAAAAAGluZGV4LmpzUEsFBgAAAAABAAEANgAAADAAAAAAAA==";
const report = "theirs-report";

const works: readonly Work[] = [
  function anotherFunction(at) {
    return makeReport(at) ? `made the function ${report}` : undefined;
  },
  function anotherTag(at) {
    const fn = pick(at, oursOf(at));
    if (fn === undefined) return undefined;
    const path = `/2017-03-31/tags/${encodeURIComponent(fn.arn)}`;
    return tried(
      at,
      "lambda",
      "TagResource",
      `POST ${path}`,
      { Tags: { "theirs-team": "media" } },
      `tagged the function ${fn.name}`,
    );
  },
  function anotherStatement(at) {
    const fn = pick(at, oursOf(at));
    if (fn === undefined) return undefined;
    const Qualifier = pick(at, fn.aliases);
    const where = Qualifier === undefined ? "" : `?Qualifier=${Qualifier}`;
    const body = { StatementId: "theirs-monitoring", Action: "lambda:InvokeFunction", Principal: "events.amazonaws.com" };
    const said = `let EventBridge call ${fn.name}${Qualifier === undefined ? "" : `:${Qualifier}`}`;
    return tried(at, "lambda", "AddPermission", `POST ${pathOf(fn)}/policy${where}`, body, said);
  },
  function anotherNotification(at) {
    const buckets = at.services.s3.snapshot() as readonly { readonly name: string }[];
    const bucket = pick(at, buckets)?.name;
    if (bucket === undefined || (!hasReport(at) && !makeReport(at))) return undefined;
    const permission = { StatementId: "theirs-files", Action: "lambda:InvokeFunction", Principal: "s3.amazonaws.com" };
    tried(at, "lambda", "AddPermission", `POST ${pathOf({ name: report })}/policy`, permission, "");
    const path = `/${bucket}?notification`;
    const now = called(at, "s3", "GetBucketNotificationConfiguration", `GET ${path}`);
    if (now === undefined || now.includes("<Id>theirs-files</Id>")) return now && `looked at the notifications of ${bucket}`;
    const rule = `<FilterRule><Name>prefix</Name><Value>theirs/</Value></FilterRule>`;
    const mine = `<CloudFunctionConfiguration><Id>theirs-files</Id><CloudFunction>${arnOf(at, report)}</CloudFunction><Event>s3:ObjectCreated:*</Event><Filter><S3Key>${rule}</S3Key></Filter></CloudFunctionConfiguration>`;
    const next = now.includes("</NotificationConfiguration>")
      ? now.replace("</NotificationConfiguration>", `${mine}</NotificationConfiguration>`)
      : `<NotificationConfiguration>${mine}</NotificationConfiguration>`;
    return tried(at, "s3", "PutBucketNotificationConfiguration", `PUT ${path}`, next, `made a notification of ${bucket}`);
  },
  function anotherQueueTag(at) {
    const queue = pick(at, queuesOf(at));
    if (queue === undefined) return undefined;
    const QueueUrl = queueUrl(at, queue);
    return tried(at, "sqs", "TagQueue", "POST /", { QueueUrl, Tags: { "theirs-team": "media" } }, `tagged the queue ${queue}`);
  },
  function anotherQueuePolicy(at) {
    const queue = pick(at, queuesOf(at));
    if (queue === undefined) return undefined;
    const statement = {
      Sid: "theirs-send",
      Effect: "Allow",
      Principal: { Service: "s3.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: "*",
    };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    const body = { QueueUrl: queueUrl(at, queue), Attributes: { Policy } };
    return tried(at, "sqs", "SetQueueAttributes", "POST /", body, `let S3 send to the queue ${queue}`);
  },
  function otherMemory(at) {
    return reconfigured(at, { MemorySize: 1769 }, "memory");
  },
  function otherEnvironment(at) {
    return reconfigured(at, { Environment: { Variables: { BY_HAND: "true" } } }, "environment");
  },
  function otherBatch(at) {
    const mapping = pick(at, mappingsOf(at));
    if (mapping === undefined) return undefined;
    const path = `PUT /2015-03-31/event-source-mappings/${mapping.UUID}`;
    return tried(
      at,
      "lambda",
      "UpdateEventSourceMapping",
      path,
      { BatchSize: 7 },
      `changed the batch size of ${mapping.EventSourceArn}`,
    );
  },
  function noMapping(at) {
    const mapping = pick(at, mappingsOf(at));
    if (mapping === undefined) return undefined;
    const path = `DELETE /2015-03-31/event-source-mappings/${mapping.UUID}`;
    return tried(at, "lambda", "DeleteEventSourceMapping", path, undefined, `removed the mapping of ${mapping.EventSourceArn}`);
  },
  function noPermission(at) {
    const all = oursOf(at).flatMap(({ name, policies }) =>
      policies.flatMap(([qualifier, statements]) => statements.map(({ Sid }) => ({ name, qualifier, Sid }))),
    );
    const one = pick(
      at,
      all.filter(({ Sid }) => !isTheirs(Sid)),
    );
    if (one === undefined) return undefined;
    const where = one.qualifier === "" ? "" : `?Qualifier=${one.qualifier}`;
    const path = `DELETE ${pathOf(one)}/policy/${one.Sid}${where}`;
    return tried(at, "lambda", "RemovePermission", path, undefined, `removed the permission ${one.Sid}`);
  },
  function noSchedule(at) {
    const { schedules } = at.services.scheduler.snapshot() as { readonly schedules: readonly { readonly name: string }[] };
    // A schedule's key is its group and its name.
    const name = pick(at, schedules)?.name.split("/").at(-1);
    if (name === undefined) return undefined;
    return tried(at, "scheduler", "DeleteSchedule", `DELETE /schedules/${name}`, undefined, `removed the schedule ${name}`);
  },
];

interface Ours {
  readonly name: string;
  readonly arn: string;
  readonly aliases: readonly string[];
  readonly policies: readonly (readonly [qualifier: string, statements: readonly { readonly Sid: string }[]])[];
}

function oursOf(at: At): readonly Ours[] {
  const { functions } = at.services.lambda.snapshot() as {
    readonly functions: {
      readonly [name: string]: {
        readonly aliases: object;
        readonly policies: { readonly [at: string]: readonly { readonly Sid: string }[] };
      };
    };
  };
  return Object.entries(functions)
    .filter(([name]) => !isTheirs(name))
    .map(([name, { aliases, policies }]) => {
      return { name, arn: arnOf(at, name), aliases: Object.keys(aliases), policies: Object.entries(policies) };
    });
}

interface MappingSeen {
  readonly UUID: string;
  readonly EventSourceArn: string;
}

function mappingsOf(at: At): readonly MappingSeen[] {
  const said = called(at, "lambda", "ListEventSourceMappings", "GET /2015-03-31/event-source-mappings") ?? "{}";
  return (JSON.parse(said) as { readonly EventSourceMappings?: readonly MappingSeen[] }).EventSourceMappings ?? [];
}

function queuesOf(at: At): readonly string[] {
  return (at.services.sqs.snapshot() as readonly { readonly name: string }[]).map(({ name }) => name);
}

function queueUrl(at: At, QueueName: string): string {
  const said = called(at, "sqs", "GetQueueUrl", "POST /", { QueueName }) ?? "{}";
  return (JSON.parse(said) as { readonly QueueUrl?: string }).QueueUrl ?? "";
}

function reconfigured(at: At, settings: object, what: string): string | undefined {
  const fn = pick(at, oursOf(at));
  if (fn === undefined) return undefined;
  return tried(
    at,
    "lambda",
    "UpdateFunctionConfiguration",
    `PUT ${pathOf(fn)}/configuration`,
    settings,
    `changed the ${what} of ${fn.name}`,
  );
}

function hasReport({ services }: At): boolean {
  return report in (services.lambda.snapshot() as { readonly functions: object }).functions;
}

function makeReport(at: At): boolean {
  if (hasReport(at)) return false;
  const Role = at.services.iam.roles.add("theirs-worker", ["lambda.amazonaws.com"]);
  const body = { FunctionName: report, Role, Runtime: "nodejs22.x", Handler: "index.handler", Code: { ZipFile: code } };
  return called(at, "lambda", "CreateFunction", "POST /2015-03-31/functions", body) !== undefined;
}

function arnOf({ account }: At, name: string): string {
  return functionArn(account, name);
}

function pathOf({ name }: { readonly name: string }): string {
  return `/2015-03-31/functions/${name}`;
}

function isTheirs(name: string): boolean {
  return name.startsWith("theirs-");
}

function pick<T>({ random }: At, all: readonly T[]): T | undefined {
  return all[Math.floor(random() * all.length)];
}

/** What was done, or that it was refused: something else of ours is under way. */
function tried(at: At, service: keyof Services, operation: string, line: string, body: unknown, said: string): string {
  return called(at, service, operation, line, body) === undefined ? `${said}: refused` : said;
}

/** The answer's body; nothing where it was refused. */
function called(
  { account, services }: At,
  name: keyof Services,
  operation: string,
  line: string,
  body?: unknown,
): string | undefined {
  const [method = "", path = ""] = line.split(" ");
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  const host = `${name}.${account.region}.amazonaws.com`;
  const request: WireRequest = { method, url: new URL(`https://${host}${path}`), headers: { host }, body: Buffer.from(text) };
  try {
    return String(services[name].answer(operation, request).body ?? "");
  } catch (cause) {
    if (cause instanceof AwsFailure) return undefined;
    throw cause;
  }
}
