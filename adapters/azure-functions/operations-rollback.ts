/** Back to a package that was kept: its archive is published again. */
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { type Digest, FnpkgError } from "fnpkg/adapter";
import { ifThere } from "./errors.ts";
import { mustBeThere } from "./operations-invoke.ts";
import { retag } from "./kinds/app.ts";
import { expected, publishArchive } from "./kinds/code.ts";
import { derivationIn, derivationTags, publishedIn, publishedTag } from "./kinds/marks.ts";
import { containerAddress, type Kept, keptOf } from "./kinds/packages.ts";
import { answered, type Context } from "./kinds/shared.ts";
import { markTags, type Tags } from "./resources.ts";

const target = "azure-functions";
const prefix = "fnpkg-rollback-";

/** Settings and triggers stay as they are: only the code is another. */
export async function rollback(cx: Context, to: { readonly version?: string; readonly digest?: Digest }): Promise<void> {
  if (to.version !== undefined) throw without();
  if (cx.client.section.storage.keepPackages === 0) {
    throw new FnpkgError(
      "E_CAPABILITY",
      "no packages are kept to roll back to: Flex Consumption keeps only the one that serves",
      {
        target,
        hint: "Set `storage.keepPackages` and deploy, or deploy the earlier package again.",
      },
    );
  }
  const site = await mustBeThere(cx);
  const app = answered(site.name, "the app's name");
  const published = publishedIn(site.tags ?? {});
  const derivation = derivationIn(site.tags ?? {});
  const kept = (await ifThere(keptOf(cx, app, await containerAddress(cx)))) ?? [];
  const wanted =
    to.digest === undefined
      ? before(kept, published?.sha256, derivation?.layoutDigest)
      : kept.find(({ packageDigest }) => packageDigest === to.digest);
  if (wanted === undefined || derivation === undefined) {
    const have = kept.map(({ packageDigest }) => packageDigest);
    throw new FnpkgError("E_NOT_DEPLOYED", `${cx.deployment} has no kept ${to.digest ?? "package before the one that serves"}`, {
      target,
      hint: have.length === 0 ? "`storage.keepPackages` says how many are kept." : `Kept are: ${[...new Set(have)].join(", ")}.`,
    });
  }
  const { packageDigest, layoutDigest, sha256 } = wanted;
  mustFit(wanted, await expected(cx, app));
  await fetched(cx, wanted, async (archive) => {
    // Until it serves nothing is on record: a deploy after a stop publishes again.
    await retag(cx, app, (live) => dropped(live, markTags.published));
    const deployment = await publishArchive(cx, site, archive);
    await retag(cx, app, (live) => ({
      ...live,
      ...derivationTags({ ...derivation, packageDigest, layoutDigest }),
      ...publishedTag({ layout: layoutDigest, sha256, deployment }),
    }));
  });
}

/** The newest that was kept before the one that serves; what a rollback left that was killed serves what the marks still say. */
function before(kept: readonly Kept[], serving: string | undefined, marked: Digest | undefined): Kept | undefined {
  const at = kept.findIndex(({ sha256, layoutDigest }) => (serving === undefined ? layoutDigest === marked : sha256 === serving));
  return at < 0 ? undefined : kept[at + 1];
}

/** The archive itself registers triggers: with others than those of the settings the app would be neither the one nor the other. */
function mustFit({ packageDigest, triggers }: Kept, now: readonly string[]): void {
  if (triggers === undefined || triggers.join() === now.toSorted().join()) return;
  const [its, present] = [triggers, now.toSorted()].map((names) => names.join(", "));
  throw new FnpkgError("E_CAPABILITY", `${packageDigest} was kept with other triggers: ${its}, not ${present} as there are now`, {
    target,
    hint: "Deploy it again instead: triggers stand in the archive, and go back with a deploy alone.",
  });
}

async function fetched(
  cx: Context,
  { address, sha256 }: Kept,
  work: (archive: { file: string; size: number; sha256: string }) => Promise<void>,
) {
  await sweep();
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  try {
    const file = join(folder, "archive.zip");
    await cx.client.blobs.copyTo(address, file, cx);
    const hash = createHash("sha256");
    await pipeline(createReadStream(file), hash);
    const found = hash.digest("hex");
    if (found !== sha256)
      throw new FnpkgError("E_DIGEST", `the kept archive has the SHA-256 ${found}, not ${sha256}`, { target });
    await work({ file, size: (await stat(file)).size, sha256 });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes what rollbacks left that were killed. */
async function sweep(): Promise<void> {
  const names: string[] = await readdir(tmpdir()).catch(() => []);
  for (const name of names) {
    const pid = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1] ?? process.pid);
    if (!isRunning(pid)) await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function dropped(tags: Tags, key: string): Tags {
  const { [key]: _, ...rest } = tags;
  return rest;
}

/** learn.microsoft.com/azure/azure-functions/flex-consumption-plan: no deployment slots. */
export function without(): FnpkgError {
  return new FnpkgError(
    "E_CAPABILITY",
    "Flex Consumption has no versions, slots or shares of traffic: a deploy takes the place of what serves",
    {
      target,
      hint: "Deploy the earlier package again, or `rollback` to one that `storage.keepPackages` kept.",
    },
  );
}
