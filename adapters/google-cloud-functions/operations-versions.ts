/** Revisions of the function's service, and which of them serves. */
import { type Digest, FnpkgError, type Version } from "fnpkg/adapter";
import type { RevisionJson, ServiceJson } from "./client-api.ts";
import { packageIn } from "./kinds/function-props.ts";
import { madeOf, serveAll, trafficOf } from "./kinds/service.ts";
import { type Context, known, pages, said, shortName } from "./kinds/shared.ts";
import { ifThere } from "./errors.ts";
import { absent, deployed } from "./operations-invoke.ts";

interface Serving {
  /** The full name. */
  readonly name: string;
  readonly service: ServiceJson;
  /** The newest first. */
  readonly revisions: readonly RevisionJson[];
  /** Percent by the short name, what served before a split first. */
  readonly traffic: ReadonlyMap<string, number>;
}

export async function versions(cx: Context): Promise<readonly Version[]> {
  const { revisions, traffic } = await serving(cx);
  return revisions.map((revision) => {
    const version = shortName(revision.name ?? "");
    const digest = packageOf(revision);
    return {
      version,
      traffic: (traffic.get(version) ?? 0) / 100,
      ...(digest === undefined ? {} : { packageDigest: digest }),
      ...(revision.createTime === undefined ? {} : { created: new Date(revision.createTime).toISOString() }),
    };
  });
}

export async function promote(cx: Context, version: string): Promise<void> {
  const now = await serving(cx);
  const wanted = now.revisions.find(({ name = "" }) => shortName(name) === version);
  if (wanted === undefined) throw unknown(cx, `version ${version}`, now);
  await serveAll(cx, now.name, version);
}

export async function rollback(
  cx: Context,
  { version, digest }: { readonly version?: string; readonly digest?: Digest },
): Promise<void> {
  if (version !== undefined) return promote(cx, version);
  const now = await serving(cx);
  const wanted = digest === undefined ? before(now) : now.revisions.find((revision) => packageOf(revision) === digest);
  if (wanted === undefined)
    throw unknown(cx, digest === undefined ? "version before the one that serves" : `version of ${digest}`, now);
  await serveAll(cx, now.name, shortName(wanted.name ?? ""));
}

/** While the traffic is split the one that served before; else the one before it. */
function before({ revisions, traffic }: Serving): RevisionJson | undefined {
  const [serves] = traffic.keys();
  const at = revisions.findIndex(({ name = "" }) => shortName(name) === serves);
  return at < 0 ? undefined : revisions[traffic.size > 1 ? at : at + 1];
}

async function serving(cx: Context): Promise<Serving> {
  const name = said((await deployed(cx)).serviceConfig?.service);
  const service = name === undefined ? undefined : await ifThere(cx.client.run.getService(name, cx));
  if (name === undefined || service === undefined) throw absent(cx);
  const all = await pages((token) => cx.client.run.listRevisions(name, token, cx));
  return {
    name,
    service,
    revisions: all.toSorted((a, b) => orderOf(b) - orderOf(a) || ((a.name ?? "") < (b.name ?? "") ? 1 : -1)),
    traffic: new Map(trafficOf(service).map(({ revision, percent }) => [known(revision, "what serves"), percent])),
  };
}

function orderOf({ createTime = "" }: RevisionJson): number {
  return Date.parse(createTime) || 0;
}

function packageOf(revision: RevisionJson): Digest | undefined {
  return packageIn(madeOf(revision));
}

function unknown(cx: Context, what: string, { revisions }: Serving): FnpkgError {
  return new FnpkgError("E_NOT_DEPLOYED", `${cx.deployment} has no ${what}`, {
    target: "google-cloud-functions",
    hint: `There are: ${revisions.map(({ name = "" }) => shortName(name)).join(", ")}.`,
  });
}
