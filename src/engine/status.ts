/** `status`: what is deployed, and whether it is as deployed. Reads only. */
import type { Derivation, Live, Resource } from "../contract.ts";
import { throwIfAny } from "../errors.ts";
import type { Problem } from "../errors.ts";
import { byCodeUnit } from "../json.ts";
import type { StatusInput } from "./input.ts";
import { archiveChange, differences } from "./judge.ts";
import { findAll, look, shareOf } from "./look.ts";
import type { Found } from "./look.ts";
import { lifecycleOf, orderOf } from "./order.ts";
import { redactChanges, redactProps, scrub, scrubber, secretsIn } from "./redact.ts";
import { resolve, shown } from "./references.ts";
import { startRun } from "./run.ts";
import type { Run } from "./run.ts";
import type { Drift, Status } from "./status-types.ts";

export async function status<Section, Client>(input: StatusInput<Section, Client>): Promise<Status> {
  const run = startRun(input, { package: input.package ?? "" });
  try {
    const found = await findAll(run);
    throwIfAny(otherPackage(run, found, input.package), input.deployment);
    const anchor = found.find(({ kind }) => run.adapter.kinds[kind]?.anchor === true);
    const derivation = anchor?.live.derivation;
    const traffic = shareOf(found.map(({ live }) => live));
    const sensitive = scrubber();
    sensitive.add(input.sensitive ?? []);
    const drift = [
      ...(input.verify === true ? ofMarks(anchor) : []),
      ...(input.against === undefined
        ? []
        : [...ofDerivation(input.against, anchor), ...(await ofProps(run, found, input.against.wanted?.(traffic)))]),
    ];
    return {
      target: run.adapter.name,
      deployment: run.deployment,
      state: anchor?.live.state ?? (found.length === 0 ? "absent" : "incomplete"),
      packageDigest: derivation?.packageDigest ?? null,
      configDigest: derivation?.configDigest ?? null,
      ...(traffic === undefined ? {} : { traffic }),
      url: urlOf(found, anchor),
      resources: found.map(({ kind, id, live }) => ({ kind, id, state: live.state })),
      drift: drift.map((one) => ({
        ...one,
        expected: scrub(one.expected, sensitive.text),
        live: scrub(one.live, sensitive.text),
      })),
    };
  } finally {
    run.close();
  }
}

function urlOf(found: readonly Found[], anchor: Found | undefined): string | null {
  const urls = [...(anchor === undefined ? [] : [anchor]), ...found].flatMap(({ live }) => live.outputs["url"] ?? []);
  return urls[0] ?? null;
}

function otherPackage<Client>(run: Run<Client>, found: readonly Found[], packageName: string | undefined): Problem[] {
  const other = found.find(({ live }) => packageName !== undefined && live.mark !== null && live.mark.package !== packageName);
  if (other === undefined) return [];
  const message = `the deployment "${run.deployment}" was made from the package ${other.live.mark?.package}, not ${packageName}`;
  return [{ code: "E_NOT_OURS", message, target: run.adapter.name, hint: "Check the configuration's function and package." }];
}

/** The live code against what the mark records. */
function ofMarks(anchor: Found | undefined): Drift[] {
  const change = anchor === undefined ? undefined : archiveChange(anchor.live);
  if (anchor === undefined || change === undefined) return [];
  return [{ kind: anchor.kind, id: anchor.id, path: change.path, expected: change.to, live: change.from }];
}

function ofDerivation(against: Omit<Derivation, "adapter">, anchor: Found | undefined): Drift[] {
  if (anchor === undefined) return [];
  const recorded = anchor.live.derivation;
  return (["packageDigest", "configDigest", "layoutDigest"] as const)
    .filter((key) => recorded?.[key] !== against[key])
    .map((key) => ({
      kind: anchor.kind,
      id: anchor.id,
      path: `/derivation/${key}`,
      expected: against[key],
      live: recorded?.[key] ?? null,
    }));
}

/** Every resource against what package and configuration come to. */
async function ofProps<Client>(
  run: Run<Client>,
  found: readonly Found[],
  wanted: readonly Resource[] | undefined,
): Promise<readonly Drift[]> {
  if (wanted === undefined) return [];
  const graph = orderOf(run.adapter, wanted);
  for (const { kind, props } of wanted) run.secrets.add(secretsIn(props, lifecycleOf(run.adapter, kind).secret));
  const outputOf = (id: string, output: string) => found.find((thing) => thing.id === id)?.live.outputs[output];
  const drifts = await Promise.all(
    graph.order.map(async ({ kind, id, props: symbolic }): Promise<Drift[]> => {
      const lifecycle = lifecycleOf(run.adapter, kind);
      const owned = found.find((thing) => thing.kind === kind && thing.id === id);
      if (owned === undefined)
        return [{ kind, id, path: "", expected: shown(redactProps(symbolic, lifecycle.secret)), live: null }];
      const { props } = resolve(symbolic, outputOf);
      const changesOf = (live: Live) => differences(lifecycle, { props }, live);
      // As in a plan: what was found is enough when nothing differs.
      const live =
        changesOf(owned.live).length === 0 ? owned.live : ((await look(run, lifecycle, { kind, id, props })) ?? owned.live);
      return redactChanges(changesOf(live), lifecycle.secret).map(({ path, from, to }) => ({
        kind,
        id,
        path,
        expected: to,
        live: from,
      }));
    }),
  );
  const tooMuch = found
    .filter((thing) => !graph.order.some(({ kind, id }) => kind === thing.kind && id === thing.id))
    .map(({ kind, id, live }) => ({
      kind,
      id,
      path: "",
      expected: null,
      live: live.outputs,
    }));
  return [...drifts.flat(), ...tooMuch].sort(
    (a, b) => byCodeUnit(a.kind, b.kind) || byCodeUnit(a.id, b.id) || byCodeUnit(a.path, b.path),
  );
}
