/** CloudWatch Logs: groups with their retention and tags, and the lines in them. */
import { page, retagged, said } from "./inputs.ts";
import { type Handlers, serviceOf } from "./operations.ts";
import { type Account, AwsFailure, type Service } from "./service.ts";
import { type Shelf, things } from "./things.ts";
import { json } from "./wires.ts";

export interface Logs extends Service {
  readonly groups: {
    /** A group as if somebody had made it; its ARN. */
    add(name: string, given?: { readonly retentionInDays?: number; readonly tags?: Tags }): string;
  };
  /** Lines in a stream of a group, which is made as Lambda would. */
  write(group: string, stream: string, lines: readonly { readonly timestamp: number; readonly message: string }[]): void;
}

type Tags = { readonly [key: string]: string };
interface Group {
  readonly created: number;
  readonly retentionInDays: number | undefined;
  readonly kmsKeyId: string | undefined;
  readonly tags: Tags;
}
interface Line {
  readonly logStreamName: string;
  readonly timestamp: number;
  readonly message: string;
  readonly ingestionTime: number;
  readonly eventId: string;
}
interface State {
  readonly groups: Shelf<Group>;
  /** By group. */
  readonly lines: Map<string, readonly Line[]>;
}
interface Named {
  readonly logGroupName?: string | undefined;
}
interface Tagged {
  readonly resourceArn?: string;
}
interface Create extends Named {
  readonly kmsKeyId?: string;
  readonly tags?: Tags;
}
interface Describe {
  readonly logGroupNamePrefix?: string;
  readonly logGroupNamePattern?: string;
  readonly nextToken?: string;
  readonly limit?: number;
}
interface Filter extends Named {
  readonly logGroupIdentifier?: string;
  readonly logStreamNames?: readonly string[];
  readonly startTime?: number;
  readonly endTime?: number;
  readonly filterPattern?: string;
  readonly nextToken?: string;
  readonly limit?: number;
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const retentions = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html */
const mostTags = 50;

export function logs(account: Account): Logs {
  const { id, region, around } = account;
  const cell = { now: { groups: new Map(), lines: new Map() } as State };
  const groups = things<Group>(account, () => cell.now.groups);
  const arnOf = (name: string) => `arn:aws:logs:${region}:${id}:log-group:${name}`;

  const named = ({ logGroupName }: Named, of: (name: string) => Group | undefined = groups.get): [string, Group] => {
    const name = nameOf(logGroupName);
    const group = of(name);
    if (group === undefined) throw missing("The specified log group does not exist.");
    return [name, group];
  };
  const tagged = ({ resourceArn }: Tagged, of: (name: string) => Group | undefined = groups.get): [string, Group] => {
    const prefix = arnOf("");
    // With `:*` at its end it names the streams, which take no tags.
    if (resourceArn === undefined || !/^arn:aws[a-z-]*:logs:/.test(resourceArn)) throw wrong("resourceArn", resourceArn);
    const name = resourceArn.slice(prefix.length);
    const group = resourceArn.startsWith(prefix) ? of(name) : undefined;
    if (group === undefined) throw missing("The specified resource does not exist.");
    return [name, group];
  };
  const make = (name: string, given: Partial<Group>) =>
    groups.put(name, { created: around.now(), retentionInDays: undefined, kmsKeyId: undefined, tags: {}, ...given });

  const handlers: Handlers = {
    CreateLogGroup({ logGroupName, kmsKeyId, tags = {} }: Create) {
      const name = nameOf(logGroupName);
      checkTags(tags);
      if (groups.get(name) !== undefined)
        throw new AwsFailure(400, "ResourceAlreadyExistsException", "The specified log group already exists");
      make(name, { kmsKeyId, tags });
    },
    DeleteLogGroup(input: Named) {
      const [name] = named(input);
      groups.remove(name);
      cell.now.lines.delete(name);
    },
    DescribeLogGroups({ logGroupNamePrefix, logGroupNamePattern, nextToken, limit = 50 }: Describe) {
      if (!Number.isInteger(limit) || limit < 1 || limit > 50) throw wrong("limit", limit);
      if (logGroupNamePrefix !== undefined && logGroupNamePattern !== undefined)
        throw invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
      const pattern = logGroupNamePattern?.toLowerCase() ?? "";
      const fits = (name: string) => name.startsWith(logGroupNamePrefix ?? "") && name.toLowerCase().includes(pattern);
      const found = groups.allSeen().filter(([name]) => fits(name));
      const { items, next } = page(found, nextToken, limit, "InvalidParameterException");
      return said({ logGroups: items.map(([name, group]) => out(name, group)), nextToken: next });
    },
    PutRetentionPolicy({ retentionInDays, ...input }: Named & { readonly retentionInDays?: number }) {
      const [name, group] = named(input);
      if (retentionInDays === undefined || !retentions.includes(retentionInDays)) throw wrong("retentionInDays", retentionInDays);
      groups.put(name, { ...group, retentionInDays });
    },
    DeleteRetentionPolicy(input: Named) {
      const [name, group] = named(input);
      groups.put(name, { ...group, retentionInDays: undefined });
    },
    ListTagsForResource: (input: Tagged) => ({ tags: tagged(input, groups.seen)[1].tags }),
    TagResource({ tags: set = {}, ...input }: Tagged & { readonly tags?: Tags }) {
      const [name, group] = tagged(input);
      checkTags(set);
      const tags = retagged(group.tags, set);
      if (Object.keys(tags).length > mostTags)
        throw new AwsFailure(400, "TooManyTagsException", `A resource can have no more than ${mostTags} tags.`);
      groups.put(name, { ...group, tags });
    },
    UntagResource({ tagKeys = [], ...input }: Tagged & { readonly tagKeys?: readonly string[] }) {
      const [name, group] = tagged(input);
      groups.put(name, { ...group, tags: retagged(group.tags, {}, tagKeys) });
    },
    FilterLogEvents({ logGroupName, logGroupIdentifier, ...asked }: Filter) {
      const [name] = named({ logGroupName: logGroupName ?? logGroupIdentifier?.split(":log-group:").at(-1) }, groups.seen);
      const { startTime = 0, endTime = Number.POSITIVE_INFINITY, limit = 10_000, logStreamNames, filterPattern = "" } = asked;
      if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) throw wrong("limit", limit);
      const terms = filterPattern.split(/\s+/).map((term) => term.replace(/^"(.*)"$/, "$1"));
      const found = (cell.now.lines.get(name) ?? []).filter(
        ({ timestamp, message, logStreamName }) =>
          timestamp >= startTime &&
          timestamp <= endTime &&
          (logStreamNames?.includes(logStreamName) ?? true) &&
          terms.every((term) => message.includes(term)),
      );
      const { items, next } = page(found, asked.nextToken, limit, "InvalidParameterException");
      return said({ events: items, searchedLogStreams: [], nextToken: next });
    },
  };

  function out(name: string, { created, retentionInDays, kmsKeyId }: Group) {
    const arn = arnOf(name);
    return said({
      logGroupName: name,
      creationTime: created,
      retentionInDays,
      metricFilterCount: 0,
      arn: `${arn}:*`,
      logGroupArn: arn,
      storedBytes: 0,
      kmsKeyId,
      logGroupClass: "STANDARD",
    });
  }

  return {
    ...serviceOf({
      name: "logs",
      protocol: json("1.1"),
      handlers,
      cell,
      snapshot: () =>
        groups.all().map(([name, { created: _created, ...group }]) => ({
          name,
          ...group,
          lines: (cell.now.lines.get(name) ?? []).map(({ message }) => message),
        })),
    }),
    groups: {
      add(name, given = {}) {
        make(name, given);
        return arnOf(name);
      },
    },
    write(group, logStreamName, lines) {
      if (groups.get(group) === undefined) make(group, {});
      const added = lines.map(({ timestamp, message }) => {
        const eventId = String(account.next()).padStart(56, "0");
        return { logStreamName, timestamp, message, ingestionTime: around.now(), eventId };
      });
      const all = [...(cell.now.lines.get(group) ?? []), ...added];
      cell.now.lines.set(
        group,
        all.toSorted((a, b) => a.timestamp - b.timestamp),
      );
    },
  };
}

function nameOf(name: string | undefined): string {
  if (name === undefined || !/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name)) throw wrong("logGroupName", name);
  return name;
}

function checkTags(tags: Tags): void {
  for (const [key, value] of Object.entries(tags))
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(key) || !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value))
      throw wrong("tags", key);
}

function wrong(member: string, value: unknown): AwsFailure {
  return invalid(`1 validation error detected: Value '${String(value)}' at '${member}' failed to satisfy constraint`);
}

function invalid(message: string): AwsFailure {
  return new AwsFailure(400, "InvalidParameterException", message);
}

function missing(message: string): AwsFailure {
  return new AwsFailure(400, "ResourceNotFoundException", message);
}
