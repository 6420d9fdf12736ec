/** The protocols, as `operations.ts` takes them. */
import type { WireAnswer } from "../wire.ts";
import type { Protocol } from "./operations.ts";
import {
  actionOf,
  formOf,
  jsonAnswer,
  jsonBody,
  jsonFailure,
  queryAnswer,
  queryFailure,
  restFailure,
  routing,
  targetOf,
} from "./protocols.ts";
import type { Xml } from "./xml.ts";

/** Lists of an output are written as `member`s; a map is made by `entries`. */
export function query(namespace: string): Protocol {
  return {
    operationOf: actionOf,
    inputOf: (_, request) => formOf(request),
    answer: (operation, output) => queryAnswer(operation, namespace, xmlOf(output)),
    fail: (failure) => queryFailure(failure, namespace),
  };
}

function xmlOf(value: unknown): Xml {
  if (Array.isArray(value)) return { member: value.map(xmlOf) };
  if (typeof value !== "object" || value === null) return value as Xml;
  if ("entry" in value) return value as Xml;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, xmlOf(one)]));
}

/** `former`: codes of the query protocol that the service had before. */
export function json(type: "1.0" | "1.1", former: { readonly [code: string]: string } = {}): Protocol {
  const form = `application/x-amz-json-${type}`;
  return {
    operationOf: targetOf,
    inputOf: (_, request) => jsonBody(request),
    answer: (_, output) => jsonAnswer(output, { type: form }),
    fail: (failure) => jsonFailure(failure, form, former[failure.code]),
  };
}

export interface Rest {
  /** As for `routing`. */
  readonly routes: { readonly [operation: string]: string };
  /** A status other than 200. */
  readonly statuses?: { readonly [operation: string]: number };
  /** Members of inputs that stand in the query, and their names there; `many` are lists. */
  readonly queried: { readonly [member: string]: string };
  readonly many?: readonly string[];
}

export function rest({ routes, statuses = {}, queried, many = [] }: Rest): Protocol {
  const routeOf = routing(routes);
  return {
    operationOf: (request) => routeOf(request)?.operation,
    inputOf(_, request) {
      const { searchParams } = request.url;
      const asked = Object.entries(queried).flatMap(([member, name]) => {
        const values = searchParams.getAll(name);
        if (values.length === 0) return [];
        return [[member, many.includes(member) ? values : values[0]] as const];
      });
      return { ...jsonBody(request), ...Object.fromEntries(asked), ...routeOf(request)?.labels };
    },
    answer(operation, output): WireAnswer {
      const status = statuses[operation] ?? 200;
      return status === 204 ? { status } : jsonAnswer(output, { status });
    },
    fail: (failure) => restFailure(failure),
  };
}
