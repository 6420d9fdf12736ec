/** How the function comes to be as wanted: look by look, one operation at a time. */
import { canonical, FnpkgError, type Live } from "fnpkg/adapter";
import type { FunctionJson, ServiceJson } from "../client-api.ts";
import { ifThere, isBusy, isExhausted, isExisting, isStarting } from "../errors.ts";
import { derivationIn, markIn } from "../marks.ts";
import type { FunctionProps } from "../resources.ts";
import { hasServed, isIdle, stateOf } from "./function-props.ts";
import { create, patchOf, remove, update } from "./function-write.ts";
import { isNewest, serviceNamed, servingIn, servingRevision } from "./service.ts";
import { type Context, said, shortName } from "./shared.ts";

/** firebase-tools deletes and makes again what Cloud Run's quota refused, a few times (src/deploy/functions/release/fabricator.ts). */
const mostExhausted = 5;
/** Looks at a function that doesn't show its change yet: about a minute. */
const mostLooks = 42;

/**
 * Looks, and does the one thing that brings the function nearer to what is wanted, until it is there: waits for a change that is
 * under way (one of a run that was killed is found this way), makes it, makes it again when it never came to serve, or changes
 * what differs. What one operation did is not done twice; a difference that stays is the read-back's.
 */
export async function deployed(
  cx: Context,
  id: string,
  props: FunctionProps,
  live: Live<FunctionProps> | undefined,
): Promise<Shown> {
  const name = shortName(props.name);
  let exhausted = 0;
  let [existing, unseen] = [false, mostLooks];
  const work = async (change: Promise<void>): Promise<boolean> => {
    try {
      await change;
      return true;
    } catch (cause) {
      existing = isExisting(cause) || isBusy(cause);
      if (existing) return false;
      if (isStarting(cause)) cx.progress("waiting for permissions that Google is making known");
      else if (isExhausted(cause) && exhausted++ < mostExhausted) cx.progress("waiting for a quota");
      else throw cause;
      return false;
    }
  };
  // Nothing was there a moment ago: whoever made it since is seen by Google's refusal to make it again.
  let absent = live === undefined;
  return cx.until(`the function ${name} to be deployed`, async () => {
    const now = absent ? undefined : await ifThere(cx.client.functions.getFunction(props.name, cx));
    absent = false;
    if (now === undefined) {
      // A read may be behind one that exists.
      if (existing && unseen-- > 0) return undefined;
      if (!(await work(create(cx, id, props)))) return undefined;
      return shown(cx, props, undefined);
    }
    mustBeOurs(cx, props, now, live);
    if (!isIdle(now)) return undefined;
    if (!hasServed(now) && stateOf(now) !== "ready") {
      await work(remove(cx, props.name));
      return undefined;
    }
    const service = said(now.serviceConfig?.service);
    const patch = await patchOf(cx, id, props, now);
    if (patch.mask.length === 0) return { fn: now, serving: await servingRevision(cx, service) };
    if (!(await work(update(cx, props.name, patch, service)))) return undefined;
    return shown(cx, props, now);
  });
}

/** A function that was deployed. */
export interface Shown {
  readonly fn: FunctionJson;
  /** The revision that serves. */
  readonly serving: string | undefined;
}

/**
 * The function as an operation left it. A read may be behind the operation's end: an older state is looked past, for a while, since
 * all that comes after stands on the revision that it names. A difference that stays is the read-back's.
 */
async function shown(cx: Context, { name }: FunctionProps, before: FunctionJson | undefined): Promise<Shown | undefined> {
  let left = mostLooks;
  const known = said(before?.serviceConfig?.service);
  const { found } = await cx.until(`the function ${shortName(name)} to show its change`, async () => {
    const [fn, early] = await Promise.all([
      ifThere(cx.client.functions.getFunction(name, cx)),
      known === undefined ? undefined : serviceNamed(cx, known),
    ]);
    left -= 1;
    if (fn === undefined) return left === 0 ? { found: undefined } : undefined;
    const service = said(fn.serviceConfig?.service);
    const running = early ?? (service === undefined ? undefined : await serviceNamed(cx, service));
    if (left > 0 && !isShown(cx, fn, before, running)) return undefined;
    return { found: { fn, serving: running === undefined ? undefined : servingIn(running) } };
  });
  return found;
}

function isShown(
  { client }: Context,
  fn: FunctionJson,
  before: FunctionJson | undefined,
  service: ServiceJson | undefined,
): boolean {
  const same = fn.updateTime !== undefined && fn.updateTime === before?.updateTime;
  if (same || !isIdle(fn) || (!hasServed(fn) && !client.emulated)) return false;
  return client.emulated || stateOf(fn) !== "ready" || (service !== undefined && isNewest(service, fn));
}

/** Whose function it is was settled before; another's that came in between is left alone. */
function mustBeOurs(cx: Context, props: FunctionProps, now: FunctionJson, live: Live<FunctionProps> | undefined): void {
  const mark = markIn(now.labels ?? {});
  // One that takes http never becomes one that takes events, nor the other way round: it is no longer the one that was looked at.
  const alike = ((now.eventTrigger ?? null) === null) === (props.eventTrigger === null);
  // Where it was to be made and is there already, a run of the same deploy made it, or another one.
  const same = derivationIn(now.labels ?? {})?.configDigest === cx.derivation?.configDigest;
  if (alike && mark?.deployment === cx.deployment && (live !== undefined || (same && mark.package === cx.package))) return;
  if (alike && live !== undefined && canonical(mark) === canonical(live.mark)) return;
  throw new FnpkgError("E_CONFLICT", `the function ${cx.deployment} was made by something else at the same time`, {
    target: "google-cloud-functions",
  });
}
