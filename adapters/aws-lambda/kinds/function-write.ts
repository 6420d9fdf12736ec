/** What is written of a function that is there: settings and code onto what was seen, and nothing over what somebody else wrote. */
import type { FunctionConfiguration } from "@aws-sdk/client-lambda";
import { type Archive, canonical, type Content, type Cx, type Derivation, FnpkgError, type Live } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { type FunctionProps, versionPackage } from "../resources.ts";
import { base64, hex, withCode } from "./function-code.ts";
import { changedSettings, differing, propsOf } from "./function-props.ts";
import { caughtUp, changed, idle, settledAfter } from "./function-state.ts";
import { changeTags, type Tags } from "./marks.ts";
import type { Found } from "./owner.ts";
import { answered, type Context } from "./shared.ts";

/**
 * Of a function that is other than at the last look: what changed since must be as wanted, as it is where a look that lagged behind
 * did not see what an interrupted deploy wrote. Answers what changed.
 * @throws E_CONFLICT
 */
async function mustBeOurs(
  cx: Context,
  props: FunctionProps,
  live: Pick<Live<FunctionProps>, "props" | "archiveSha256">,
  now: FunctionConfiguration,
): Promise<readonly string[]> {
  const found = propsOf({ Configuration: now });
  const changes = Object.keys(differing(live.props, found));
  const notWanted = changedSettings(props, found);
  // A version's, while it is published.
  const passing = (key: string) => key === "Description" && versionPackage(found.Description) !== undefined;
  const others = changes.filter((key) => Object.hasOwn(notWanted, key) && !passing(key));
  const code = shaOf(now, live);
  if (code !== live.archiveSha256) {
    changes.push("Code");
    if (cx.content === undefined || (await cx.content.archive()).sha256 !== code) others.push("the code");
  }
  if (others.length > 0) throw changed(props.FunctionName, others);
  return changes;
}

/** The function, at rest, and as it was `before`, but for what is as wanted. @throws E_CONFLICT */
export async function atRest(
  cx: Context,
  props: FunctionProps,
  live: Live<FunctionProps>,
  before: FunctionConfiguration | undefined,
): Promise<FunctionConfiguration> {
  const now = await idle(cx, props.FunctionName);
  if (before?.RevisionId !== undefined && now.RevisionId !== undefined && now.RevisionId !== before.RevisionId)
    await mustBeOurs(cx, props, live, now);
  return now;
}

/** Writes onto what was seen, and once more onto what is seen later where reads lagged behind and nobody else changed it. */
async function guarded<T>(
  cx: Context,
  props: FunctionProps,
  now: FunctionConfiguration,
  write: (now: FunctionConfiguration) => Promise<T>,
): Promise<T> {
  try {
    return await write(now);
  } catch (cause) {
    const later = await caughtUp(cx, now, cause);
    const changes = await mustBeOurs(cx, props, { props: propsOf({ Configuration: now }), ...shaIn(now) }, later.now);
    if (!later.lagged && changes.length === 0) throw cause;
    return write(later.now);
  }
}

/** Writes the settings that are not as wanted. Answers what is there then, and the settings as written. */
export function configure(cx: Context, props: FunctionProps, first: FunctionConfiguration) {
  return guarded(cx, props, first, async (now) => {
    const found = propsOf({ Configuration: now });
    const settings = changedSettings(props, found);
    if (Object.keys(settings).length === 0) return { now, props: found };
    const { FunctionName } = props;
    const made = await cx.client.lambda.updateFunctionConfiguration({ FunctionName, ...settings, ...revision(now) }, cx);
    return { now: await settledAfter(cx, FunctionName, now, made), props: propsOf({ Configuration: made }) };
  });
}

/** False when what is live is on record as what is wanted. */
export function sends({ content, derivation }: Cx<AwsClient>, props: FunctionProps, live: Live<FunctionProps>): boolean {
  const recorded = live.derivation;
  const same = recorded?.layoutDigest === derivation?.layoutDigest && recorded?.archiveSha256 === live.archiveSha256;
  return content !== undefined && (!same || isMoved(props, live.props));
}

function isMoved(props: FunctionProps, live: Pick<Partial<FunctionProps>, "Architectures">): boolean {
  return canonical(props.Architectures) !== canonical(live.Architectures ?? null);
}

/** Sends the code when it is another, and answers the SHA-256 of what is live. Built only when it is needed. */
export function sendCode(
  cx: Context,
  props: FunctionProps,
  live: Live<FunctionProps>,
  first: FunctionConfiguration,
): Promise<string | undefined> {
  return guarded(cx, props, first, async (now) => {
    const there = shaOf(now, live);
    const at = { ...live, props: { ...live.props, ...propsOf({ Configuration: now }) }, ...shaIn(now) };
    if (!sends(cx, props, at)) return there;
    const archive = await code(cx).content.archive();
    if (archive.sha256 === there && !isMoved(props, at.props)) {
      await atRest(cx, props, at, now);
      return there;
    }
    cx.progress(`sending ${archive.size} bytes of code`);
    const { FunctionName, Architectures } = props;
    const made = await withCode(cx, archive, (sent) =>
      cx.client.lambda.updateFunctionCode(
        { FunctionName, ...sent, Architectures: [...Architectures], ...revision(now) },
        { signal: cx.signal, patienceMs: 5 * 60_000 },
      ),
    );
    mustBe(archive, made);
    mustBe(archive, await settledAfter(cx, FunctionName, now, made));
    return archive.sha256;
  });
}

export function shaIn({ CodeSha256 }: FunctionConfiguration): { archiveSha256?: string } {
  return CodeSha256 === undefined ? {} : { archiveSha256: hex(CodeSha256) };
}

export function shaOf(now: FunctionConfiguration, { archiveSha256 }: Pick<Live, "archiveSha256">): string | undefined {
  return shaIn(now).archiveSha256 ?? archiveSha256;
}

export function mustBe(archive: Archive, { CodeSha256 }: FunctionConfiguration): void {
  if (CodeSha256 === base64(archive.sha256)) return;
  throw new FnpkgError("E_READ_BACK", `Lambda holds code with the SHA-256 ${CodeSha256}, not ${base64(archive.sha256)} as sent`, {
    target: "aws-lambda",
  });
}

export async function reserve(cx: Context, { FunctionName, ReservedConcurrentExecutions }: FunctionProps): Promise<void> {
  if (ReservedConcurrentExecutions === null) await cx.client.lambda.deleteFunctionConcurrency({ FunctionName }, cx);
  else await cx.client.lambda.putFunctionConcurrency({ FunctionName, ReservedConcurrentExecutions }, cx);
}

/** Last, so that what it records is there. */
export async function retag(cx: Context, { Configuration, Tags = {} }: Found, wanted: (live: Tags) => Tags): Promise<void> {
  const Resource = answered(Configuration?.FunctionArn, "the function's ARN");
  await changeTags(Tags, wanted(Tags), {
    set: (Tags) => cx.client.lambda.tagResource({ Resource, Tags }, cx),
    remove: (TagKeys) => cx.client.lambda.untagResource({ Resource, TagKeys }, cx),
  });
}

type Revised = Pick<FunctionConfiguration, "RevisionId">;

function revision({ RevisionId }: Revised): { RevisionId?: string } {
  return RevisionId === undefined ? {} : { RevisionId };
}

export function code({ content, derivation }: Cx<AwsClient>): { readonly content: Content; readonly derivation: Derivation } {
  if (content !== undefined && derivation !== undefined) return { content, derivation };
  throw new FnpkgError("E_INTERNAL", "a function is deployed without code");
}
