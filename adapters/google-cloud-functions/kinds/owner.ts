/** The function that everything hangs on: what has no labels of its own is ours because it is. */
import type { Mark } from "fnpkg/adapter";
import type { FunctionJson } from "../client-api.ts";
import { ifThere } from "../errors.ts";
import { markIn } from "../marks.ts";
import { type Context, together } from "./shared.ts";

export function functionName({ client, deployment }: Pick<Context, "client" | "deployment">): string {
  return `${client.parent}/functions/${deployment}`;
}

export function functionNamed(cx: Context, name: string): Promise<FunctionJson | undefined> {
  return together(cx, `function ${name}`, () => ifThere(cx.client.functions.getFunction(name, cx)));
}

/** The deployment's function, when it is there and carries this deployment's mark. */
export async function ourFunction(cx: Context): Promise<FunctionJson | undefined> {
  const found = await functionNamed(cx, functionName(cx));
  return found !== undefined && markIn(found.labels ?? {})?.deployment === cx.deployment ? found : undefined;
}

/** As `derivedMark` has it, of a function that was read. */
export function markWithin(found: FunctionJson | undefined, id: string, belongs: (found: FunctionJson) => boolean): Mark | null {
  const mark = found === undefined || !belongs(found) ? null : markIn(found.labels ?? {});
  return mark === null ? null : { ...mark, resource: id };
}

/** The mark of something without a place for one: the function's, while `belongs` to it. */
export async function derivedMark(cx: Context, id: string, belongs: (found: FunctionJson) => boolean): Promise<Mark | null> {
  return markWithin(await functionNamed(cx, functionName(cx)), id, belongs);
}
