/** Versions of the target in memory, and which of them serve. A version is named after what it consists of. */
import type { Asked, Cx, Derivation, Operations } from "../contract.ts";
import { FnpkgError, type Problem } from "../errors.ts";
import { digestOf } from "../json.ts";
import type { MemoryClient, MemoryThing } from "./memory-client.ts";

export const functionKind = "Memory::Function";
export const trafficKind = "Memory::Traffic";

/** The first serves what the others don't; there are two at most. */
export type TrafficProps = { readonly Name: string; readonly Shares: readonly Share[] };
interface Share {
  readonly Version: string;
  readonly Share: number;
}

type Context = Cx<MemoryClient>;

export function versionOf(props: object, derivation: Derivation | undefined): string {
  const { packageDigest = null, layoutDigest = null } = derivation ?? {};
  return digestOf({ packageDigest, layoutDigest, props }).slice("sha256:".length, "sha256:".length + 12);
}

/** The share of what was deployed last, while others serve as well. */
export function splitOf({ Shares }: TrafficProps): number | undefined {
  return Shares[1]?.Share;
}

export async function servingOf(client: MemoryClient, name: string): Promise<string | undefined> {
  return (await sharesOf(client, name))?.[0]?.Version;
}

async function sharesOf(client: MemoryClient, name: string): Promise<readonly Share[] | undefined> {
  return ((await client.get(`${trafficKind}/${name}`))?.props as TrafficProps | undefined)?.Shares;
}

/** A share is for a version beside the one that serves. */
export async function preflight({ client, deployment, derivation }: Context, asked: Asked): Promise<readonly Problem[]> {
  if (asked.traffic === undefined || (await client.get(`${functionKind}/${deployment}`)) === undefined) return [];
  const serving = await servingOf(client, deployment);
  const wanted = asked.wanted.find(({ kind }) => kind === functionKind)?.props;
  const refuse = (message: string, hint: string): Problem[] => [{ code: "E_TRAFFIC", message, hint, target: "memory" }];
  if (serving === undefined) return refuse("nothing serves yet", "Deploy it without `--traffic` first.");
  if (wanted === undefined || versionOf(wanted, derivation) !== serving) return [];
  return refuse(`${serving} is what serves`, "Deploy it without `--traffic`.");
}

export const trafficOperations: Required<Pick<Operations<MemoryClient>, "versions" | "promote" | "rollback">> = {
  async versions({ client, deployment }) {
    const [found, shares = []] = await Promise.all([client.get(`${functionKind}/${deployment}`), sharesOf(client, deployment)]);
    return (found?.versions ?? []).map(({ version, packageDigest }) => {
      return { version, packageDigest, traffic: shares.find(({ Version }) => Version === version)?.Share ?? 0 };
    });
  },
  promote: (cx, version) => move(cx, (one) => one.version === version),
  async rollback(cx, { version, digest }) {
    if (version !== undefined) return move(cx, (one) => one.version === version);
    if (digest !== undefined) return move(cx, (one) => one.packageDigest === digest);
    const shares = (await sharesOf(cx.client, cx.deployment)) ?? [];
    if (shares.length > 1) return move(cx, (one) => one.version === shares[0]?.Version);
    return move(cx, (_, index, all) => all[index - 1]?.version === shares[0]?.Version);
  },
};

type Kept = NonNullable<MemoryThing["versions"]>;

async function move(
  { client, deployment }: Context,
  is: (one: Kept[number], index: number, all: Kept) => boolean,
): Promise<void> {
  const [found, traffic] = await Promise.all([
    client.get(`${functionKind}/${deployment}`),
    client.get(`${trafficKind}/${deployment}`),
  ]);
  const wanted = found?.versions?.find(is);
  if (found === undefined || traffic === undefined || wanted === undefined)
    throw new FnpkgError("E_NOT_DEPLOYED", `${deployment} has no such version`, { target: "memory" });
  const { version, packageDigest } = wanted;
  await client.put(`${trafficKind}/${deployment}`, {
    ...traffic,
    props: { ...traffic.props, Shares: [{ Version: version, Share: 1 }] },
  });
  const derivation = found.derivation === undefined ? {} : { derivation: { ...found.derivation, packageDigest } };
  await client.put(`${functionKind}/${deployment}`, { ...found, ...derivation });
}
