/**
 * Work that Azure goes on with after it has answered
 * (learn.microsoft.com/azure/azure-resource-manager/management/async-operations): 201 or 202 with `Azure-AsyncOperation`, whose body
 * tells a status, or 202 with `Location`, which answers 202 until it is done. Whoever was stopped in between finds the state
 * on the thing itself.
 */
import type { Answer } from "../client-api.ts";
import { retryAfterMs } from "../client-rest.ts";
import { AzureError, isMissing, saidIn } from "../errors.ts";
import type { Context } from "./shared.ts";

interface Operation {
  readonly status?: string;
  readonly error?: { readonly code?: string; readonly message?: string };
}

/** A look is never put off for longer than this, whatever the vendor says. */
const longestMs = 15_000;

/** Ends when the work that `answer` began has succeeded. @throws AzureError when it failed */
export async function finished(cx: Context, what: string, { status, headers }: Answer): Promise<void> {
  const operation = headers["azure-asyncoperation"];
  const location = headers["location"];
  const address = operation ?? (status === 202 ? location : undefined);
  if (address === undefined) return;
  let notBefore = putOff(cx, headers);
  const look = async (): Promise<true | undefined> => {
    let answer: Answer<Operation>;
    try {
      answer = await cx.client.arm.follow<Operation>(address, cx);
    } catch (cause) {
      // An operation that is done is forgotten after a while.
      if (isMissing(cause)) return true;
      throw cause;
    }
    notBefore = putOff(cx, answer.headers);
    if (operation === undefined) return answer.status === 202 ? undefined : true;
    const word = answer.body.status ?? "Succeeded";
    if (/^succeeded$/i.test(word)) return true;
    if (!/^(failed|cancell?ed)$/i.test(word)) return undefined;
    const { code, message } = saidIn(answer.body) ?? {};
    throw new AzureError({ call: what, ...(code === undefined ? {} : { code }), message: message ?? `${what}: ${word}` });
  };
  await cx.until(what, look, () => notBefore);
}

function putOff(cx: Context, headers: Answer["headers"]): number {
  return cx.now() + Math.min(longestMs, retryAfterMs(headers) ?? 0);
}
