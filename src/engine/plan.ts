/** `plan`: what a deploy would do. Reads only. */
import type { Derivation } from "../contract.ts";
import { FnpkgError, throwIfAny } from "../errors.ts";
import type { Problem } from "../errors.ts";
import { byCodeUnit, digestOf } from "../json.ts";
import type { PlanInput } from "./input.ts";
import { judge } from "./judge.ts";
import type { Verdict } from "./judge.ts";
import type { Found } from "./look.ts";
import { orderOf, removalOf } from "./order.ts";
import type { Graph } from "./order.ts";
import type { Plan, PlannedArchive, PlannedResource, Step } from "./plan-types.ts";
import { redactChanges, redactProps, scrub, scrubber, secretsIn } from "./redact.ts";
import type { Scrubber } from "./redact.ts";
import { resolve } from "./references.ts";
import { retrying } from "./retry.ts";
import type { Run } from "./run.ts";
import { startRun } from "./run.ts";
import { wantOf } from "./sight.ts";
import type { Sight } from "./sight.ts";
import { blind, survey } from "./survey.ts";
import type { Survey } from "./survey.ts";

/** A plan together with what an apply needs of the look that was taken. */
export interface Prepared<Client> {
  readonly plan: Plan;
  readonly graph: Graph;
  readonly sights: ReadonlyMap<string, Sight<Client>>;
  readonly verdicts: ReadonlyMap<string, Verdict>;
  readonly unwanted: readonly Found[];
}

/**
 * The plan as plain JSON: the same input and the same live things give the same plan. Everything that stands against it is
 * collected: E_NOT_OURS, E_REPLACE, E_TRAFFIC, and what the adapter's preflight finds.
 */
export async function makePlan<Section, Client>(input: PlanInput<Section, Client>): Promise<Plan> {
  const run = startRun(input, { package: input.package, derivation: derivationOf(input) });
  try {
    return (await prepare(run, input)).plan;
  } finally {
    run.close();
  }
}

export function derivationOf<Section, Client>(
  input: Pick<PlanInput<Section, Client>, "adapter" | "packageDigest" | "configDigest"> & {
    readonly content: { readonly digest: string };
  },
): Derivation {
  return {
    packageDigest: input.packageDigest,
    configDigest: input.configDigest,
    adapter: `${input.adapter.name}@${input.adapter.version}`,
    layoutDigest: input.content.digest,
  };
}

export async function prepare<Section, Client>(run: Run<Client>, input: PlanInput<Section, Client>): Promise<Prepared<Client>> {
  const graph = orderOf(input.adapter, input.wanted);
  for (const { kind, props } of input.wanted) run.secrets.add(secretsIn(props, input.adapter.kinds[kind]?.secret));
  const surveyInput = { graph, package: input.package, derivation: derivationOf(input), adopt: input.adopt === true };
  const offline = input.offline === true;
  const [seen, preflight] = offline
    ? [blind(run, surveyInput), []]
    : await Promise.all([survey(run, surveyInput), preflightOf(run, input)]);
  const verdicts = judgeAll(graph, seen);
  const sensitive = scrubber();
  sensitive.add(input.sensitive ?? []);
  const steps = [
    ...graph.order.flatMap(({ id }) => stepOf(id, graph, seen, verdicts, sensitive)),
    ...removals(run, seen.unwanted),
  ];
  throwIfAny(
    [...preflight, ...seen.problems, ...unshared(input, graph, seen), ...replacing(input, graph, seen, verdicts)],
    `${input.deployment} can't be deployed to ${input.adapter.name}`,
  );
  const resources = graph.order.map(({ kind, id, props }): PlannedResource => {
    const visible = scrub(redactProps(props, input.adapter.kinds[kind]?.secret), sensitive.text);
    return { kind, id, props: visible, needs: graph.needs.get(id) ?? [] };
  });
  const body = {
    target: input.adapter.name,
    deployment: input.deployment,
    packageDigest: input.packageDigest,
    configDigest: input.configDigest,
    ...(input.traffic === undefined ? {} : { traffic: input.traffic }),
    steps,
    resources,
  };
  const { layout, files, bytes } = archiveOf(input);
  const digest = digestOf({ ...body, archive: { layout, files, bytes } });
  const { steps: _, resources: __, ...of } = body;
  const plan: Plan = { ...of, digest, archive: archiveOf(input), steps, resources };
  return { plan, graph, sights: seen.sights, verdicts, unwanted: seen.unwanted };
}

/** Owned things in the order of their removal: a kind comes after all that must be gone before it. */
export function inOrderOfRemoval<Client>(run: Pick<Run<Client>, "adapter">, found: readonly Found[]): Found[] {
  const goneBefore = removalOf(run.adapter);
  const kinds = Object.keys(run.adapter.kinds);
  const rank = (kind: string) => (goneBefore.get(kind)?.size ?? 0) * kinds.length - kinds.indexOf(kind);
  return [...found].sort((a, b) => rank(a.kind) - rank(b.kind) || byCodeUnit(a.id, b.id));
}

async function preflightOf<Section, Client>(run: Run<Client>, input: PlanInput<Section, Client>): Promise<readonly Problem[]> {
  const { config, adapter, wanted, traffic } = input;
  if (config === undefined || adapter.preflight === undefined) return [];
  const asked = { wanted, ...(traffic === undefined ? {} : { traffic }) };
  try {
    return (await retrying(run, async () => adapter.preflight?.(run.cx, config, asked))) ?? [];
  } catch (cause) {
    throw run.failure(cause, { verb: "preflight", kind: adapter.name });
  }
}

/** In order, since what a resource comes to hangs on what becomes of those it refers to. */
function judgeAll<Client>(graph: Graph, seen: Survey<Client>): Map<string, Verdict> {
  const verdicts = new Map<string, Verdict>();
  const stays = (id: string, output: string): string | undefined => {
    const action = verdicts.get(id)?.action;
    const sight = seen.sights.get(id);
    if (sight?.live === undefined || action === "create" || action === "replace") return undefined;
    if (action === "update" && sight.lifecycle.volatile?.includes(output) === true) return undefined;
    return Object.hasOwn(sight.live.outputs, output) ? sight.live.outputs[output] : undefined;
  };
  for (const { id, props } of graph.order) {
    const sight = seen.sights.get(id);
    if (sight !== undefined) verdicts.set(id, judge(sight.lifecycle, wantOf(sight, resolve(props, stays).props), sight.live));
  }
  return verdicts;
}

function stepOf<Client>(
  id: string,
  graph: Graph,
  seen: Survey<Client>,
  verdicts: ReadonlyMap<string, Verdict>,
  sensitive: Scrubber,
): Step[] {
  const verdict = verdicts.get(id);
  const sight = seen.sights.get(id);
  if (verdict === undefined || sight === undefined) return [];
  const note = id === graph.anchor && verdict.action === "replace" ? lossOf(id, graph, sight) : verdict.note;
  const changes = redactChanges(verdict.changes, sight.lifecycle.secret).map(({ path, from, to }) => {
    return { path, from: scrub(from, sensitive.text), to: scrub(to, sensitive.text) };
  });
  return [{ action: verdict.action, kind: sight.resource.kind, id, changes, ...(note === undefined ? {} : { note }) }];
}

function removals<Client>(run: Run<Client>, unwanted: readonly Found[]): Step[] {
  return inOrderOfRemoval(run, unwanted).map(({ kind, id }) => ({ action: "delete", kind, id, changes: [] }));
}

/** What dies with the anchor. */
function lossOf<Client>(id: string, graph: Graph, sight: Sight<Client>): string {
  const url = sight.live?.outputs["url"];
  const hanging = graph.order.filter((resource) => resource.id !== id && graph.waitsFor.get(resource.id)?.includes(id) === true);
  const lost = [
    ...(url === undefined ? [] : [`its address ${url}`]),
    ...hanging.map((resource) => `${resource.kind} "${resource.id}"`),
  ];
  return lost.length === 0 ? "the function itself is lost and made again" : `lost and made again with it: ${lost.join(", ")}`;
}

/** A share of the traffic is for what is new beside what serves. */
function unshared<Section, Client>(input: PlanInput<Section, Client>, { anchor }: Graph, { sights }: Survey<Client>): Problem[] {
  if (input.traffic === undefined || sights.get(anchor)?.live !== undefined) return [];
  return [
    {
      code: "E_TRAFFIC",
      message: `${input.deployment} can't get a share of the traffic: nothing serves yet that would keep the rest`,
      target: input.adapter.name,
      hint: "Deploy it without `--traffic` first.",
    },
  ];
}

function replacing<Section, Client>(
  input: PlanInput<Section, Client>,
  graph: Graph,
  seen: Survey<Client>,
  verdicts: ReadonlyMap<string, Verdict>,
): Problem[] {
  const verdict = verdicts.get(graph.anchor);
  const sight = seen.sights.get(graph.anchor);
  if (input.replace === true || verdict?.action !== "replace" || sight === undefined) return [];
  const paths = verdict.changes.map(({ path }) => path).join(", ");
  const message = `${sight.resource.kind} "${graph.anchor}" would be replaced because of ${paths}; ${lossOf(graph.anchor, graph, sight)}`;
  return [{ code: "E_REPLACE", message, target: input.adapter.name }];
}

function archiveOf<Section, Client>({ content, archive }: PlanInput<Section, Client>): PlannedArchive {
  return {
    layout: content.digest,
    files: content.files,
    bytes: content.size,
    sha256: archive?.sha256 ?? null,
    size: archive?.size ?? null,
  };
}

/** @throws FnpkgError E_PLAN when the reviewed plan is not this one. */
export function mustBe(plan: Plan, reviewed: string | undefined): void {
  if (reviewed === undefined || reviewed === plan.digest) return;
  throw new FnpkgError("E_PLAN", `the plan is ${plan.digest} now, not ${reviewed} as reviewed`, { target: plan.target });
}
