/**
 * Who deploys when two do: whoever wrote the anchor last. A deploy looks at the anchor again while it writes the rest, and stops
 * once another's derivation stands there.
 */
import type { Derivation, Live } from "../contract.ts";
import { FnpkgError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { look } from "./look.ts";
import type { Run } from "./run.ts";
import type { Sight } from "./sight.ts";

export interface Fence {
  /** The anchor is written: from now on it is looked at. */
  raise(props: JsonObject): void;
  /** Before a write of anything else. Waits for a look that began with the write before, if any; begins the next. @throws E_CONFLICT */
  pass(): Promise<void> | undefined;
  /** Tells that a write has ended. */
  wrote(): void;
  /** Looks now. @throws E_CONFLICT */
  hold(): Promise<void>;
}

export function fenceOf<Client>(run: Run<Client>, anchor: Sight<Client> | undefined): Fence {
  let props: JsonObject | undefined;
  let ended = 0;
  let begun: { readonly at: number; readonly answer: Promise<void> } | undefined;
  const hold = async () => {
    if (anchor === undefined || props === undefined) return;
    const { lifecycle, resource } = anchor;
    const now = await look(run, lifecycle, { kind: resource.kind, id: resource.id, props });
    const other = now === undefined ? undefined : overtaker(anchor, now);
    if (other !== undefined) throw overtaken(run, other);
  };
  return {
    raise(made) {
      props = made;
    },
    pass() {
      if (props === undefined || begun?.at === ended) return undefined;
      const before = begun?.answer;
      const begin = () => {
        const answer = hold();
        // Whoever comes next hears of it.
        answer.catch(() => undefined);
        begun = { at: ended, answer };
      };
      if (before !== undefined) return after(before, begin);
      begin();
      return undefined;
    },
    wrote() {
      ended += 1;
    },
    hold,
  };
}

/**
 * Another's derivation on what is there now. What stood there before, and a mixture of that and this deploy's, may be seen for a
 * while yet. The package's digest is no sign: it may be told of what serves, which the deploy has still to move.
 */
export function overtaker(
  { derivation, live }: { readonly derivation?: Derivation; readonly live?: Live },
  now: Live,
): Derivation | undefined {
  const found = now.derivation;
  if (derivation === undefined || found === undefined) return undefined;
  const known = [derivation, ...(live?.derivation === undefined ? [] : [live.derivation])];
  const keys = ["configDigest", "layoutDigest"] as const;
  return keys.every((key) => known.some((one) => one[key] === found[key])) ? undefined : found;
}

async function after(before: Promise<void>, begin: () => void): Promise<void> {
  await before;
  begin();
}

/** For a deploy that finds another's in its place. */
export function overtaken<Client>(run: Run<Client>, { packageDigest, configDigest }: Derivation): FnpkgError {
  const message = `${run.deployment} was deployed by somebody else at the same time: package ${packageDigest}, configuration ${configDigest}`;
  const failure = new FnpkgError("E_CONFLICT", message, {
    target: run.adapter.name,
    hint: "What they deployed stands. Run this again if yours should.",
  });
  for (const problem of failure.problems) told.add(problem);
  return failure;
}

/** Kept with the problems, which a failure of several tasks takes over. */
const told = new WeakSet<object>();

/** True for what `overtaken` made, alone or among others. */
export function isOvertaken(cause: unknown): boolean {
  return cause instanceof FnpkgError && cause.problems.some((problem) => told.has(problem));
}
