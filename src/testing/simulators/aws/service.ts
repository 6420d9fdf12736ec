/** One AWS service of the simulator: which operation a request is, and what it answers. */
import type { Surroundings, WireAnswer, WireRequest } from "../wire.ts";

/** What all services of the account share. */
export interface Account {
  /** Twelve digits. */
  readonly id: string;
  readonly region: string;
  readonly around: Surroundings;
  readonly lags: Lags;
  /** Counts up: identifiers that are the same for the same sequence of calls. */
  next(): number;
  /** What others ask of a service: does a role exist, a queue, a function. */
  readonly services: { readonly [name: string]: Service };
}

/** Milliseconds until something is so; default 0, at once. */
export interface Lags {
  /** A new function, and one whose code or configuration was changed, is being made ready. */
  readonly function?: number;
  /** A new role can't be assumed by Lambda yet. */
  readonly role?: number;
  /** An event source mapping is being made, changed or removed. */
  readonly mapping?: number;
  /** Provisioned concurrency is being allotted. */
  readonly provisioned?: number;
  /** A permission on a function is not seen yet by the services that check it. */
  readonly permission?: number;
  /** A read answers what was before the last write. */
  readonly read?: number;
}

/** State is plain data behind `save` and `restore`. */
export interface Service {
  /** As in a credential's scope: `lambda`, `s3`, `iam`, `apigateway` … */
  readonly name: string;
  /** The operation's name in the service's API model, such as `CreateFunction`; nothing: there is none such. */
  operationOf(request: WireRequest): string | undefined;
  /** True for an operation that changes nothing. */
  reads(operation: string): boolean;
  /** A failure is thrown as an `AwsFailure`. */
  answer(operation: string, request: WireRequest): WireAnswer;
  /** A failure in this service's protocol. */
  fail(failure: AwsFailure): WireAnswer;
  /** Without what differs from run to run. */
  snapshot(): unknown;
  save(): unknown;
  restore(saved: unknown): void;
  /** Hosts of what it holds, such as a function's URL, that it answers at itself. */
  hosts?(): readonly string[];
  /** A request to one of its hosts; it needs no signature to arrive. */
  visit?(request: WireRequest): WireAnswer;
}

/** What an operation answers in place of an output. */
export class AwsFailure extends Error {
  readonly status: number;
  /** As in the service's API model, such as `ResourceConflictException`. */
  readonly code: string;
  /** Further members of the error, such as `Type`. */
  readonly more: { readonly [member: string]: string };

  constructor(status: number, code: string, message: string, more: { readonly [member: string]: string } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.more = more;
  }
}
