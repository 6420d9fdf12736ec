/** A service made of its protocol and of what each operation does. */
import type { WireAnswer, WireRequest } from "../wire.ts";
import { AwsFailure, type Service } from "./service.ts";

/** How requests and answers are written. Inputs and outputs are in the words of the service's API model. */
export interface Protocol {
  operationOf(request: WireRequest): string | undefined;
  inputOf(operation: string, request: WireRequest): object;
  answer(operation: string, output: object): WireAnswer;
  fail(failure: AwsFailure): WireAnswer;
}

/** What each operation does with its input; an empty output is nothing. A failure is thrown as an `AwsFailure`. */
export interface Handlers {
  readonly [operation: string]: (input: never) => object | void;
}

export interface Parts<State> {
  readonly name: string;
  readonly protocol: Protocol;
  readonly handlers: Handlers;
  /** Where the state stands; plain data. */
  readonly cell: { now: State };
  snapshot(): unknown;
}

export function serviceOf<State>({ name, protocol, handlers, cell, snapshot }: Parts<State>): Service {
  return {
    name,
    operationOf(request) {
      const operation = protocol.operationOf(request);
      return operation !== undefined && Object.hasOwn(handlers, operation) ? operation : undefined;
    },
    reads: (operation) => /^(Get|List|Describe|Head|Filter)/.test(operation),
    answer(operation, request) {
      const handler = handlers[operation] as ((input: object) => object | void) | undefined;
      if (handler === undefined) throw new AwsFailure(400, "UnknownOperationException", `${name} has no operation ${operation}`);
      return protocol.answer(operation, handler(protocol.inputOf(operation, request)) ?? {});
    },
    fail: (failure) => protocol.fail(failure),
    snapshot,
    save: () => structuredClone(cell.now),
    restore: (saved) => void (cell.now = structuredClone(saved) as State),
  };
}
