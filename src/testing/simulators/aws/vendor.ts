/** The account: which service a request is for, and what all services have in common. */
import type { Rate } from "../../../engine/limiter.ts";
import type { Operation, Refusal, Surroundings, Vendor, WireAnswer, WireRequest } from "../wire.ts";
import { foreignIn } from "./foreign.ts";
import { disturbed } from "./others.ts";
import { rateOf, rates } from "./rates.ts";
import { refusalOf } from "./refusals.ts";
import { type Account, AwsFailure, type Lags, type Service } from "./service.ts";
import { factories, type Services } from "./services.ts";

export interface AwsVendorOptions {
  /** Default `eu-west-1`. */
  readonly region?: string;
  /** Twelve digits; default `123456789012`. */
  readonly account?: string;
  readonly lags?: Lags;
}

export interface AwsVendor extends Vendor {
  readonly services: Services;
  /** What others have there, without what is ours: the same before and after whatever we do. */
  foreign(): unknown;
}

interface Saved {
  readonly count: number;
  readonly services: { readonly [name: string]: unknown };
}

export function awsVendor(around: Surroundings, options: AwsVendorOptions = {}): AwsVendor {
  const { region = "eu-west-1", account: id = "123456789012", lags = {} } = options;
  let count = 0;
  const services: { [name: string]: Service } = {};
  const account: Account = { id, region, around, lags, next: () => ++count, services };
  for (const [name, make] of Object.entries(factories)) services[name] = make(account);
  const all = Object.values(services);
  const hostOf = ({ headers, url }: WireRequest) => headers["host"] ?? url.host;
  const visited = (request: WireRequest) => all.find(({ hosts }) => hosts?.().includes(hostOf(request)));
  const serviceOf = (request: WireRequest) => services[scopeOf(request) ?? serviceAt(hostOf(request)) ?? ""];

  const vendor: AwsVendor = {
    name: "aws",
    services: services as unknown as Services,
    rates: rates satisfies { readonly [quota: string]: Rate },
    operation(request): Operation {
      if (visited(request) !== undefined) return { name: "visit", writes: false };
      const service = serviceOf(request);
      const operation = service?.operationOf(request);
      if (service === undefined || operation === undefined) return { name: "unknown", writes: true };
      const quota = rateOf(service.name, operation);
      return {
        name: `${service.name}:${operation}`,
        writes: !service.reads(operation),
        ...(quota === undefined ? {} : { quota }),
      };
    },
    answer(request) {
      const visit = visited(request)?.visit?.(request);
      if (visit !== undefined) return visit;
      const service = serviceOf(request);
      if (service === undefined) return nobody(request);
      const failed = (failure: AwsFailure) => numbered(service.fail(failure));
      if (!isSigned(request)) return failed(refusalOf(service.name, "unsigned"));
      const operation = service.operationOf(request);
      if (operation === undefined) return failed(refusalOf(service.name, "unknown"));
      try {
        return numbered(service.answer(operation, request));
      } catch (cause) {
        if (cause instanceof AwsFailure) return failed(cause);
        throw cause;
      }
    },
    refuse({ why, afterMs }: Refusal, request) {
      const service = serviceOf(request);
      if (service === undefined) return { status: 503 };
      const said = numbered(service.fail(refusalOf(service.name, why)));
      if (why !== "throttled" || afterMs === undefined || service.name !== "lambda") return said;
      return { ...said, headers: { ...said.headers, "retry-after": String(Math.ceil(afterMs / 1000)) } };
    },
    authorities: () => all.flatMap(({ hosts }) => hosts?.() ?? []),
    snapshot: () => Object.fromEntries(all.map((service) => [service.name, service.snapshot()])),
    foreign: () => foreignIn(vendor.snapshot()),
    save: (): Saved => ({
      count,
      services: Object.fromEntries(all.map((service) => [service.name, service.save()])),
    }),
    restore(saved) {
      const before = saved as Saved;
      count = before.count;
      for (const service of all) service.restore(before.services[service.name]);
    },
    disturb: (random) => disturbed(account, vendor.services, random),
  };
  return vendor;

  /** Every answer has a number: a header that the SDK shows with failures. */
  function numbered(answer: WireAnswer): WireAnswer {
    const number = `00000000-0000-4000-8000-${count.toString(16).padStart(12, "0")}`;
    return { ...answer, headers: { "x-amzn-requestid": number, ...answer.headers } };
  }
}

/** `Authorization: AWS4-HMAC-SHA256 Credential=AKIA…/20260101/eu-west-1/lambda/aws4_request, …`; in a signed link its query. */
function scopeOf({ headers, url }: WireRequest): string | undefined {
  const credential = /Credential=([^,\s]+)/.exec(headers["authorization"] ?? "")?.[1] ?? url.searchParams.get("X-Amz-Credential");
  return credential?.split("/").at(-2);
}

function isSigned(request: WireRequest): boolean {
  const { headers, url } = request;
  const signed = (headers["authorization"] ?? "").startsWith("AWS4-HMAC-SHA256 ") || url.searchParams.has("X-Amz-Signature");
  return signed && scopeOf(request) !== undefined;
}

/** `lambda.eu-west-1.amazonaws.com`, `photos.s3.eu-west-1.amazonaws.com`. */
function serviceAt(host: string): string | undefined {
  return /(?:^|\.)([\w-]+)(?:\.[a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com$/.exec(host)?.[1];
}

function nobody({ url }: WireRequest): WireAnswer {
  return { status: 404, headers: { "content-type": "text/plain" }, body: `nothing of AWS answers at ${url.host}` };
}
