/** A bucket's notifications: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html */
import { ask } from "./asks.ts";
import { listOf, objectIn, uuid } from "./inputs.ts";
import { type Account, AwsFailure } from "./service.ts";
import { type Element, element, parse, type Xml } from "./xml.ts";

export interface Notification {
  readonly kind: "CloudFunction" | "Queue" | "Topic";
  readonly id: string;
  readonly destination: string;
  readonly events: readonly string[];
  readonly prefix: string | undefined;
  readonly suffix: string | undefined;
}

export interface Notifications {
  readonly all: readonly Notification[];
  readonly eventBridge: boolean;
}

const kinds = ["Topic", "Queue", "CloudFunction"] as const;

/** The events of the API's model, without those that have no wildcard of their own. */
const families: { readonly [family: string]: readonly string[] } = {
  ObjectCreated: ["Put", "Post", "Copy", "CompleteMultipartUpload"],
  ObjectRemoved: ["Delete", "DeleteMarkerCreated"],
  ObjectRestore: ["Post", "Completed", "Delete"],
  ObjectTagging: ["Put", "Delete"],
  LifecycleExpiration: ["Delete", "DeleteMarkerCreated"],
  Replication: [
    "OperationFailedReplication",
    "OperationNotTracked",
    "OperationMissedThreshold",
    "OperationReplicatedAfterThreshold",
  ],
};
const single = ["s3:ReducedRedundancyLostObject", "s3:LifecycleTransition", "s3:IntelligentTiering", "s3:ObjectAcl:Put"];

/** What a document says; fails when S3 would not take it for this bucket. */
export function readNotifications(body: string, bucket: string, account: Account, validated: boolean): Notifications {
  const document = parse(body);
  if (document?.name !== "NotificationConfiguration") throw new AwsFailure(400, "MalformedXML", malformed);
  const all = kinds.flatMap((kind) => named(document, `${kind}Configuration`).map((one) => read(one, kind, account)));
  const ids = all.map(({ id }) => id);
  if (new Set(ids).size < ids.length) throw invalid("Same ID used for multiple configurations. IDs must be unique");
  for (const [index, one] of all.entries()) for (const other of all.slice(index + 1)) refuseOverlap(one, other);
  const wrong = validated ? all.find((one) => !isDestination(one, bucket, account)) : undefined;
  if (wrong !== undefined)
    throw invalid("Unable to validate the following destination configurations", {
      ArgumentName1: `${wrong.destination}, null`,
      ArgumentValue1: "Not authorized to invoke function [" + wrong.destination + "]",
    });
  return { all, eventBridge: named(document, "EventBridgeConfiguration").length > 0 };
}

const malformed = "The XML you provided was not well-formed or did not validate against our published schema";

function read(given: Element, kind: Notification["kind"], account: Account): Notification {
  const destination = text(given, kind);
  const events = named(given, "Event").map((event) => event.text);
  if (destination === undefined || events.length === 0) throw new AwsFailure(400, "MalformedXML", malformed);
  const service = { CloudFunction: "lambda", Queue: "sqs", Topic: "sns" }[kind];
  if (destination.split(":")[2] !== service)
    throw invalid("The ARN could not be parsed", { ArgumentName: kind, ArgumentValue: destination });
  const unknown = events.find((event) => typesOf(event).length === 0);
  if (unknown !== undefined) throw invalid(`The event '${unknown}' is not supported for notifications`);
  const rules = named(given, "Filter").flatMap((filter) =>
    named(filter, "S3Key").flatMap((key) =>
      named(key, "FilterRule").map((rule) => [text(rule, "Name")?.toLowerCase(), text(rule, "Value")] as const),
    ),
  );
  const names = rules.map(([name]) => name);
  if (names.some((name) => name !== "prefix" && name !== "suffix"))
    throw invalid("filter rule name must be either prefix or suffix");
  if (new Set(names).size < names.length) throw invalid("Cannot specify more than one prefix rule or suffix rule in a filter.");
  if (rules.some(([, value = ""]) => Buffer.byteLength(value) > 1024)) throw invalid("The filter value is too long");
  const rule = (name: string) => rules.find(([its]) => its === name)?.[1];
  const id = text(given, "Id") ?? uuid(account.next());
  if (id.length > 255) throw invalid("The ID is too long");
  return { kind, id, destination, events, prefix: rule("prefix"), suffix: rule("suffix") };
}

/** The single types that an event stands for. */
function typesOf(event: string): readonly string[] {
  if (single.includes(event)) return [event];
  const [, family = "", type = ""] = /^s3:(\w+):(\w+|\*)$/.exec(event) ?? [];
  const types = families[family] ?? [];
  return types.filter((one) => type === "*" || one === type).map((one) => `s3:${family}:${one}`);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html */
function refuseOverlap(one: Notification, other: Notification): void {
  const types = other.events.flatMap(typesOf);
  if (!one.events.flatMap(typesOf).some((type) => types.includes(type))) return;
  const [prefix, otherPrefix] = [one.prefix ?? "", other.prefix ?? ""];
  const [suffix, otherSuffix] = [one.suffix ?? "", other.suffix ?? ""];
  if (!(prefix.startsWith(otherPrefix) || otherPrefix.startsWith(prefix))) return;
  if (!(suffix.endsWith(otherSuffix) || otherSuffix.endsWith(suffix))) return;
  throw invalid(
    "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.",
  );
}

/** Every destination of the document is looked at, whoever put it there. */
function isDestination({ kind, destination }: Notification, bucket: string, account: Account): boolean {
  const source = { arn: `arn:aws:s3:::${bucket}`, account: account.id };
  if (kind === "CloudFunction") return ask(account, "lambda")?.invocable(destination, "s3.amazonaws.com", source) !== false;
  if (kind === "Topic") return ask(account, "sns")?.exists(destination) !== false;
  const sqs = ask(account, "sqs");
  return sqs === undefined || letsS3In(sqs.attributes(destination)?.["Policy"]);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html */
function letsS3In(policy: string | undefined): boolean {
  const statements = listOf(objectIn(policy ?? "")?.["Statement"]) as readonly { readonly [key: string]: unknown }[];
  return statements.some(({ Effect, Principal }) => {
    const service = (Principal as { readonly Service?: unknown } | undefined)?.Service;
    return Effect === "Allow" && (Principal === "*" || listOf(service).includes("s3.amazonaws.com"));
  });
}

/** As `GetBucketNotificationConfiguration` answers it: names of rules with a capital letter. */
export function writeNotifications({ all, eventBridge }: Notifications): string {
  const of = (kind: Notification["kind"]): Xml =>
    all
      .filter((one) => one.kind === kind)
      .map(({ id, destination, events, prefix, suffix }) => {
        const rules = Object.entries({ Prefix: prefix, Suffix: suffix }).flatMap(([Name, Value]) =>
          Value === undefined ? [] : [{ Name, Value }],
        );
        const Filter = rules.length === 0 ? undefined : { S3Key: { FilterRule: rules } };
        return { Id: id, [kind]: destination, Event: events, Filter };
      });
  const content: { [name: string]: Xml } = Object.fromEntries(kinds.map((kind) => [`${kind}Configuration`, of(kind)]));
  if (eventBridge) content["EventBridgeConfiguration"] = {};
  return element("NotificationConfiguration", content, ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"');
}

function named({ children }: Element, name: string): readonly Element[] {
  return children.filter((child) => child.name === name);
}

function text(of: Element, name: string): string | undefined {
  return named(of, name)[0]?.text;
}

function invalid(message: string, more: { readonly [member: string]: string } = {}): AwsFailure {
  return new AwsFailure(400, "InvalidArgument", message, more);
}
