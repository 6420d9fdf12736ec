/** `destroy`: removes everything that a deployment owns, found on the target alone, and nothing else. */
import { FnpkgError, throwIfAny } from "../errors.ts";
import type { Problem } from "../errors.ts";
import type { DestroyEvent } from "./events.ts";
import type { DestroyInput } from "./input.ts";
import { findAll } from "./look.ts";
import type { Found } from "./look.ts";
import { removalOf } from "./order.ts";
import { inOrderOfRemoval } from "./plan.ts";
import { poll } from "./poll.ts";
import type { DestroyReceipt } from "./receipt.ts";
import { retrying } from "./retry.ts";
import { startRun } from "./run.ts";
import type { Run } from "./run.ts";
import { streamed } from "./stream.ts";
import { runTasks } from "./tasks.ts";
import { told, withProgress } from "./telling.ts";
import type { Tell } from "./telling.ts";
import { erase } from "./write.ts";

/** The last event is the receipt. Nothing there is success; running it again after a failure goes on. */
export function destroy<Section, Client>(input: DestroyInput<Section, Client>): AsyncGenerator<DestroyEvent, void, void> {
  return streamed<DestroyEvent>(async (emit, left) => {
    const signal = AbortSignal.any([left, ...(input.signal === undefined ? [] : [input.signal])]);
    const of = { target: input.adapter.name, deployment: input.deployment } as const;
    const progress = (message: string) => emit({ event: "progress", ...of, message });
    const run = startRun({ ...input, signal }, { package: input.package ?? "", progress });
    try {
      const found = await findAll(run);
      throwIfAny(strangers(run, found, input.package), `${input.deployment} can't be destroyed on ${input.adapter.name}`);
      const tell = told(run, (event) => emit({ ...of, ...event }));
      if (found.length > 0) await withProgress(tell, stepsOf(found), () => removeAll(run, found, input.package, tell));
      if (input.purge === true) await purge(run);
      if (found.length === 0 && input.purge !== true) emit({ event: "unchanged", ...of });
      emit({ event: "receipt", ...of, receipt: receiptOf(run, found) });
    } finally {
      run.close();
    }
  });
}

/** Removes, looks again, and removes what only then came to light, until nothing is listed. */
async function removeAll<Client>(
  run: Run<Client>,
  found: readonly Found[],
  packageName: string | undefined,
  tell: Tell,
): Promise<void> {
  await removeOnce(run, found, tell);
  const removed = new Set(found.map(keyOf));
  const deadline = Math.min(run.deadline, run.clock.now() + run.settleMs);
  let left: readonly Found[] = [];
  const none = async (): Promise<true | undefined> => {
    left = await findAll(run);
    const more = left.filter((thing) => !removed.has(keyOf(thing)));
    throwIfAny(strangers(run, more, packageName), `${run.deployment} can't be destroyed`);
    for (const thing of more) removed.add(keyOf(thing));
    await removeOnce(run, more, tell);
    return left.length === 0 ? true : undefined;
  };
  try {
    await poll("everything to be gone", none, { clock: run.clock, deadline, signal: run.stopping, guard: run.guard });
  } catch (cause) {
    run.guard();
    if (!(cause instanceof FnpkgError && cause.code === "E_TIMEOUT") || left.length === 0) throw cause;
    const problems = left.map(({ kind, id }): Problem => {
      return { code: "E_READ_BACK", message: `${kind} "${id}" is still there after it was deleted`, target: run.adapter.name };
    });
    throw new FnpkgError(
      "E_READ_BACK",
      `${problems.length} of what was deleted is still there: ${left.map(({ id }) => id).join(", ")}`,
      {
        problems,
        hint: "Run it again; if it stays, look at it with the vendor's own tools.",
      },
    );
  }
}

async function removeOnce<Client>(run: Run<Client>, found: readonly Found[], tell: Tell): Promise<void> {
  const goneBefore = removalOf(run.adapter);
  const things = inOrderOfRemoval(run, found);
  await runTasks(
    things.map((thing, index) => ({
      key: String(index),
      after: things.flatMap(({ kind }, other) => (goneBefore.get(thing.kind)?.has(kind) === true ? [String(other)] : [])),
      run: () => tell.during({ action: "delete", kind: thing.kind, id: thing.id }, (say) => erase(run, thing, say)),
    })),
  );
}

async function purge<Client>(run: Run<Client>): Promise<void> {
  try {
    await retrying(run, async () => run.adapter.operations.purge?.(run.cx));
  } catch (cause) {
    throw run.failure(cause, { verb: "purge", kind: run.adapter.name });
  }
}

/** What `find` brought but is not this deployment's, or another package's. */
function strangers<Client>(run: Run<Client>, found: readonly Found[], packageName: string | undefined): Problem[] {
  return found.flatMap(({ kind, id, live: { mark } }): Problem[] => {
    const refuse = (why: string): Problem[] => [
      {
        code: "E_NOT_OURS",
        message: `${kind} "${id}" ${why}`,
        target: run.adapter.name,
        hint: "Check the configuration's function and package.",
      },
    ];
    if (mark === null) return refuse("carries no mark of this deployment");
    if (mark.deployment !== run.deployment) return refuse(`belongs to the deployment "${mark.deployment}"`);
    if (packageName !== undefined && mark.package !== packageName)
      return refuse(`was deployed from the package ${mark.package}, not ${packageName}`);
    return [];
  });
}

function stepsOf(found: readonly Found[]) {
  return found.map(({ kind, id }) => ({ action: "delete", kind, id }) as const);
}

function receiptOf<Client>(run: Run<Client>, found: readonly Found[]): DestroyReceipt {
  const derivation = found.find(({ live }) => live.derivation !== undefined)?.live.derivation;
  return {
    target: run.adapter.name,
    deployment: run.deployment,
    packageDigest: derivation?.packageDigest ?? null,
    configDigest: derivation?.configDigest ?? null,
    resources: [],
    removed: inOrderOfRemoval(run, found).map(({ kind, id }) => ({ kind, id })),
    url: null,
  };
}

function keyOf({ kind, id, live }: Found): string {
  return JSON.stringify([kind, id, live.outputs]);
}
