/** Reads what is live, trying again what passes by. */
import type { Lifecycle, Live, Owned } from "../contract.ts";
import { FnpkgError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { lifecycleOf } from "./order.ts";
import { secretsIn } from "./redact.ts";
import { retrying } from "./retry.ts";
import type { Run } from "./run.ts";

/** Something that this deployment owns. */
export interface Found {
  readonly kind: string;
  readonly id: string;
  readonly live: Live;
}

/** Everything that the deployment owns, of every kind or of those named; in the kinds' order, then by id. */
export async function findAll<Client>(
  run: Run<Client>,
  kinds: readonly string[] = Object.keys(run.adapter.kinds),
): Promise<Found[]> {
  const found = await Promise.all(kinds.map((kind) => findKind(run, kind)));
  return found.flat();
}

async function findKind<Client>(run: Run<Client>, kind: string): Promise<Found[]> {
  const lifecycle = lifecycleOf(run.adapter, kind);
  let owned: readonly Owned[];
  try {
    owned = await retrying(run, () => lifecycle.find(run.cx));
  } catch (cause) {
    throw run.failure(cause, { verb: "find", kind });
  }
  for (const { live } of owned) run.secrets.add(secretsIn(live.props as JsonObject, lifecycle.secret));
  return owned.map(({ id, live }) => ({ kind, id, live })).sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** The share of what was deployed last, while the traffic is split. */
export function shareOf(lives: Iterable<Live>): number | undefined {
  for (const { traffic } of lives) if (traffic !== undefined) return traffic;
  return undefined;
}

/** What is at the address that the props name. */
export async function look<Client>(
  run: Run<Client>,
  lifecycle: Lifecycle<JsonObject, Client>,
  at: { readonly kind: string; readonly id: string; readonly props: JsonObject },
): Promise<Live | undefined> {
  let live: Live | undefined;
  try {
    live = await retrying(run, () => lifecycle.read(run.cx, at.id, at.props));
  } catch (cause) {
    throw run.failure(cause, { verb: "read", kind: at.kind, id: at.id });
  }
  if (live === undefined) return undefined;
  if (typeof live.props !== "object" || typeof live.outputs !== "object") {
    throw new FnpkgError("E_CONTRACT", `read ${at.kind} "${at.id}" answered without props or outputs`, {
      target: run.adapter.name,
    });
  }
  run.secrets.add(secretsIn(live.props as JsonObject, lifecycle.secret));
  return live;
}
