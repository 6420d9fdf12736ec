/** What every source's records are converted with. */
import type { CloudEvent, Delivered } from "fnpkg/runtime";
import { type Fields, number } from "./read.ts";

/** What is bound, and what the package declares. */
export interface Bound {
  /** The configuration's name of the function. */
  readonly function: string;
  /** A source's ARN -> the trigger's name. */
  readonly triggers: ReadonlyMap<string, string>;
  /** The types that the package declares. */
  readonly declared: readonly string[];
}

/** Records of one source. */
export interface Source {
  /** Converts one; throws when it can't be one. `index` is its place in the delivery. */
  convert(record: Fields, bound: Bound, index: number): CloudEvent;
  /** The id by which the source is told of a failure; absent: it can't be told, so a failure fails the call. */
  identifier?(record: Fields): string | undefined;
  /** Whether order is kept. */
  ordered?(record: Fields): boolean;
  /** After the lowest failure everything is delivered again, so that one alone is named. */
  checkpoint?: boolean;
}

/** Each record as an event, or as the error that stands for it. */
export function convertAll(source: Source, records: readonly Fields[], bound: Bound): Delivered[] {
  const seen = new Map<string, number>();
  return records.map((record, index) => {
    try {
      return unique(source.convert(record, bound, index), seen);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  });
}

/** One request to S3 can make several records with the same id. */
function unique(event: CloudEvent, seen: Map<string, number>): CloudEvent {
  const key = `${event.source} ${event.id}`;
  const count = seen.get(key) ?? 0;
  seen.set(key, count + 1);
  return count === 0 || !/^(com\.amazonaws\.s3|dev\.fnpkg\.object)\./.test(event.type)
    ? event
    : { ...event, id: `${event.id}.${count}` };
}

/** Whether a record keeps the vendor's own type: the package declares it, or another of the service and not the neutral one. */
export function isNative(native: string, neutral: string, { declared }: Bound): boolean {
  if (declared.includes(native)) return true;
  if (declared.includes(neutral)) return false;
  const service = native.split(".").slice(0, 3).join(".");
  return declared.some((type) => type.startsWith(`${service}.`));
}

/** An event of the vendor's own type; its data is what the vendor sent. */
export function nativeEvent(attributes: {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string | undefined;
  readonly time?: string | undefined;
  readonly data: unknown;
  readonly [extension: string]: unknown;
}): CloudEvent {
  const { data, ...rest } = attributes;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return { specversion: "1.0", ...Object.fromEntries(given), datacontenttype: "application/json", data } as CloudEvent;
}

/** ISO 8601, or nothing when it is no time. */
export function isoTime(ms: number | undefined): string | undefined {
  return ms === undefined || Math.abs(ms) > 8.64e15 ? undefined : new Date(ms).toISOString();
}

/** A time as RFC 3339 has it, when it is one. */
export function timeOf(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value) && !Number.isNaN(Date.parse(value))) return value;
  return isoTime(number(Date.parse(value)));
}
