/** Writes one resource. A write whose answer was lost is never sent again blindly: what is there is read first. */
import type { Lifecycle, Live, Outputs } from "../contract.ts";
import { FnpkgError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { overtaken, overtaker } from "./fence.ts";
import { judge, ownership } from "./judge.ts";
import type { Verdict, Want } from "./judge.ts";
import { look } from "./look.ts";
import type { Found } from "./look.ts";
import { locked } from "./locks.ts";
import { lifecycleOf } from "./order.ts";
import { secretsIn } from "./redact.ts";
import { retrying } from "./retry.ts";
import type { Retry } from "./retry.ts";
import type { Run } from "./run.ts";
import { raced } from "./refuse.ts";

export interface Write<Client> {
  readonly kind: string;
  readonly id: string;
  readonly lifecycle: Lifecycle<JsonObject, Client>;
  readonly want: Want;
  readonly action: Exclude<Verdict["action"], "keep">;
  readonly live: Live | undefined;
  /** `live` stands at another address, so that the new one can be made before it goes. */
  readonly elsewhere: boolean;
  readonly adopt: boolean;
  /** Looks whether this deploy still is the one that counts. @throws E_CONFLICT. Absent on what decides it. */
  readonly stands?: () => Promise<void>;
  readonly onStart: () => void;
  readonly onRetry: (retry: Retry) => void;
}

/** Makes it so, under its lock, and answers its outputs. */
export async function write<Client>(run: Run<Client>, step: Write<Client>): Promise<Outputs> {
  const { lifecycle, kind, id, want } = step;
  const work = async (attempt: number): Promise<Outputs> => {
    if (attempt === 0) return act(run, step, step.action, step.live);
    const live = await look(run, lifecycle, { kind, id, props: want.props });
    if (live === undefined) return step.elsewhere ? act(run, step, step.action, step.live) : act(run, step, "create", undefined);
    const owner = ownership(live.mark, want.mark);
    if (owner === "other-deployment" || (owner !== "ours" && owner !== "moved" && !step.adopt))
      throw raced(run.adapter.name, kind, id);
    // What decides between two deploys was made by the other one first.
    const other = step.action === "create" ? overtaker(want, live) : undefined;
    if (other !== undefined) throw overtaken(run, other);
    const { action } = judge(lifecycle, want, live);
    if (action === "keep") return live.outputs;
    if (action === "replace" && (step.action === "update" || live.mark === null)) throw raced(run.adapter.name, kind, id);
    return act(run, { ...step, elsewhere: false }, action, live);
  };
  /** Another deploy that has lost since may have made it first. */
  const overOthersTrace = async (cause: unknown, again: typeof work): Promise<Outputs> => {
    const conflict = (cause instanceof FnpkgError ? cause.code : run.explain(cause)?.code) === "E_CONFLICT";
    if (!conflict || step.action !== "create" || step.stands === undefined) throw cause;
    await step.stands();
    if ((await look(run, lifecycle, { kind, id, props: want.props })) === undefined) throw cause;
    return retrying(run, (attempt) => again(attempt + 1), step.onRetry);
  };
  const outputs = await locked(lockOf(run, lifecycle, want.props), async () => {
    run.guard();
    step.onStart();
    try {
      const made = await retrying(run, work, step.onRetry).catch((cause: unknown) => overOthersTrace(cause, work));
      if (step.elsewhere && step.action === "replace" && step.live !== undefined)
        await remove(run, { kind, id, live: step.live }, step.onRetry);
      return made;
    } catch (cause) {
      throw run.failure(cause, { verb: step.action, kind, id });
    }
  });
  if (typeof outputs !== "object" || outputs === null) {
    throw new FnpkgError("E_CONTRACT", `${step.action} ${kind} "${id}" answered no outputs`, { target: run.adapter.name });
  }
  return outputs;
}

async function act<Client>(
  run: Run<Client>,
  step: Write<Client>,
  action: Verdict["action"],
  live: Live | undefined,
): Promise<Outputs> {
  const { lifecycle, id, want } = step;
  if (action === "update" && live !== undefined && lifecycle.update !== undefined)
    return lifecycle.update(run.cx, id, want.props, live);
  if (action === "replace" && live !== undefined && !step.elsewhere) await lifecycle.delete(run.cx, id, live);
  run.guard();
  return lifecycle.create(run.cx, id, want.props);
}

/** Deletes an owned thing under its lock; a lost answer is followed by a look. Already absent is success. */
export async function erase<Client>(
  run: Run<Client>,
  thing: Found,
  tell: { onStart(): void; onRetry(retry: Retry): void },
): Promise<void> {
  const lifecycle = lifecycleOf(run.adapter, thing.kind);
  await locked(lockOf(run, lifecycle, thing.live.props as JsonObject), async () => {
    run.guard();
    tell.onStart();
    try {
      await remove(run, thing, tell.onRetry);
    } catch (cause) {
      throw run.failure(cause, { verb: "delete", kind: thing.kind, id: thing.id });
    }
  });
}

async function remove<Client>(run: Run<Client>, { kind, id, live }: Found, onRetry: (retry: Retry) => void): Promise<void> {
  const lifecycle = lifecycleOf(run.adapter, kind);
  const props = live.props as JsonObject;
  await retrying(
    run,
    async (attempt) => {
      const now = attempt === 0 ? live : await look(run, lifecycle, { kind, id, props });
      if (now === undefined || now.mark === null || now.mark.deployment !== run.deployment) return;
      await lifecycle.delete(run.cx, id, now);
    },
    onRetry,
  );
}

function lockOf<Client>(run: Run<Client>, lifecycle: Lifecycle<JsonObject, Client>, props: JsonObject): string | undefined {
  run.secrets.add(secretsIn(props, lifecycle.secret));
  const lock = lifecycle.lock?.(props);
  return lock === undefined ? undefined : `${run.adapter.name}\n${lock}`;
}
