/**
 * Functions and their published versions. States: docs.aws.amazon.com/lambda/latest/dg/functions-states.html; versions:
 * docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html. What deleting does where the API's page is silent was measured
 * by github.com/floci-io/floci/pull/2824.
 */
import { canonical } from "../../../../json.ts";
import type { Handlers } from "../operations.ts";
import { page } from "../inputs.ts";
import type { Account } from "../service.ts";
import { codeOf, type CodeInput } from "./code.ts";
import { addressOf, functionArn, functionAt, functionSeen, type Named, versionAt } from "./names.ts";
import { checkArchitectures, firstSettings, type Packaged, type SettingsInput, withSettings } from "./settings.ts";
import { checkRevision, conflict, invalid, missing } from "./errors.ts";
import { type Fn, type Store, timeOf, uuidOf, type Version } from "./state.ts";
import { checkTags } from "./tags.ts";

type Tags = { readonly [key: string]: string };

interface CreateFunction extends SettingsInput, Packaged {
  readonly FunctionName: string;
  readonly Code: CodeInput;
  readonly Publish?: boolean;
  readonly Tags?: Tags;
}
interface Guarded {
  readonly RevisionId?: string;
}
interface UpdateCode extends Named, CodeInput, Guarded {
  readonly Architectures?: readonly string[];
  readonly DryRun?: boolean;
  readonly Publish?: boolean;
}
interface Publish extends Named, Guarded {
  readonly CodeSha256?: string;
  readonly Description?: string;
}
interface Listed {
  readonly Marker?: string;
  readonly MaxItems?: string;
}

export function functionHandlers(store: Store): Handlers {
  const { account, functions } = store;
  return {
    CreateFunction(input: CreateFunction) {
      const { name, qualifier } = addressOf(account, input);
      if (qualifier !== undefined) throw invalid("The function name can't have a qualifier.");
      if (functions.get(name) !== undefined) throw conflict(`Function already exist: ${name}`);
      checkTags(input.Tags ?? {});
      const settings = firstSettings(account, name, input, input);
      const code = codeOf(account, "CreateFunction", input.Code);
      const latest = changed(account, { number: "$LATEST", code, settings }, "active");
      const made: Fn = {
        ...{ name, latest, published: [], count: 0, tags: input.Tags ?? {}, reserved: undefined },
        ...{ aliases: {}, policies: {}, urls: {}, asyncs: {}, provisioned: {} },
      };
      const [fn, version] = input.Publish === true ? published(account, made, undefined) : [made, latest];
      functions.put(name, fn);
      return configurationOf(account, fn, version, input.Publish === true ? version.number : undefined);
    },

    UpdateFunctionConfiguration(input: SettingsInput & Named & Guarded) {
      const fn = changeable(store, input);
      const settings = withSettings(account, fn.latest.settings, input);
      const latest = changed(account, { ...fn.latest, settings }, "updated");
      functions.put(fn.name, { ...fn, latest });
      return configurationOf(account, fn, latest);
    },

    UpdateFunctionCode(input: UpdateCode) {
      const fn = changeable(store, input);
      const { Architectures = fn.latest.settings.Architectures } = input;
      checkArchitectures(Architectures);
      const code = codeOf(account, "UpdateFunctionCode", input);
      const latest = changed(account, { ...fn.latest, code, settings: { ...fn.latest.settings, Architectures } }, "updated");
      if (input.DryRun === true) return configurationOf(account, fn, { ...fn.latest, code });
      const [made, version] =
        input.Publish === true ? published(account, { ...fn, latest }, undefined) : [{ ...fn, latest }, latest];
      functions.put(fn.name, made);
      return configurationOf(account, made, version, input.Publish === true ? version.number : undefined);
    },

    PublishVersion(input: Publish) {
      const fn = changeable(store, input);
      const { sha256 } = fn.latest.code;
      if (input.CodeSha256 !== undefined && input.CodeSha256 !== sha256)
        throw invalid(
          `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${sha256}). Please try again with the CodeSHA256 in $LATEST.`,
        );
      const [made, version] = published(account, fn, input.Description);
      functions.put(fn.name, made);
      return configurationOf(account, made, version, version.number);
    },

    DeleteFunction(input: Named) {
      const { name, qualifier } = addressOf(account, input);
      const fn = functionAt(store, { name });
      if (qualifier === undefined) return functions.remove(name);
      if (qualifier === "$LATEST") throw invalid("$LATEST version cannot be deleted without deleting the function.");
      if (!/^\d+$/.test(qualifier)) throw invalid("Deletion of aliases is not currently supported.");
      const naming = Object.entries(fn.aliases).filter(([, one]) => one.version === qualifier || qualifier in one.weights);
      if (naming.length > 0)
        throw conflict(
          `Unable to delete version because the following aliases reference it: [${naming.map(([alias]) => alias).join(", ")}]`,
        );
      const left = fn.published.filter(({ number }) => number !== qualifier);
      if (left.length < fn.published.length) functions.put(name, { ...fn, published: left });
    },

    GetFunction(input: Named) {
      const at = addressOf(account, input);
      const fn = functionSeen(store, at);
      return {
        Configuration: configurationOf(account, fn, versionAt(account, fn, at.qualifier), at.qualifier),
        Code: {
          RepositoryType: "S3",
          Location: `https://awslambda-${account.region}-tasks.s3.${account.region}.amazonaws.com/snapshots/${account.id}/${fn.name}`,
        },
        ...(Object.keys(fn.tags).length === 0 ? {} : { Tags: fn.tags }),
        ...(fn.reserved === undefined ? {} : { Concurrency: { ReservedConcurrentExecutions: fn.reserved } }),
      };
    },

    GetFunctionConfiguration(input: Named) {
      const at = addressOf(account, input);
      const fn = functionSeen(store, at);
      return configurationOf(account, fn, versionAt(account, fn, at.qualifier), at.qualifier);
    },

    ListFunctions({ Marker, MaxItems, FunctionVersion }: Listed & { readonly FunctionVersion?: string }) {
      const all = functions.allSeen().flatMap(([, fn]) => {
        const versions = FunctionVersion === "ALL" ? [fn.latest, ...fn.published] : [fn.latest];
        return versions.map((version) => listedOf(account, fn, version, FunctionVersion === "ALL"));
      });
      const { items, next } = page(all, Marker, most(MaxItems), "InvalidParameterValueException");
      return { Functions: items, NextMarker: next };
    },

    ListVersionsByFunction({ Marker, MaxItems, ...input }: Named & Listed) {
      const fn = functionSeen(store, addressOf(account, input));
      const all = [fn.latest, ...fn.published].map((version) => listedOf(account, fn, version, true));
      const { items, next } = page(all, Marker, most(MaxItems), "InvalidParameterValueException");
      return { Versions: items, NextMarker: next };
    },
  };
}

/** A page holds 50 at most: docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html */
export function most(given: string | undefined): number {
  return Math.min(50, Number(given ?? 50));
}

/** The function, if nothing is under way and nobody changed it since the revision named. */
function changeable(store: Store, input: Named & Guarded): Fn {
  const { account } = store;
  const { name, qualifier } = addressOf(account, input);
  const fn = functionAt(store, { name });
  if (qualifier !== undefined && qualifier !== "$LATEST") throw invalid("This operation takes $LATEST alone.");
  idle(account, fn);
  checkRevision(input.RevisionId, revisionOf(account, fn.latest));
  return fn;
}

/** @throws ResourceConflictException while it is being made or changed */
export function idle(account: Account, fn: Fn): void {
  if (!isChanging(account, fn.latest)) return;
  const arn = functionArn(account, fn.name);
  throw conflict(
    fn.latest.changing.to === "active"
      ? "The operation cannot be performed at this time. The function is currently in the following state: Pending"
      : `The operation cannot be performed at this time. An update is in progress for resource: ${arn}`,
  );
}

export function isChanging({ around }: Account, { changing }: Version): boolean {
  return around.now() < changing.until;
}

export function revisionOf(account: Account, version: Version): string {
  return uuidOf(version.revisions[isChanging(account, version) ? 0 : 1]);
}

type Changed = Pick<Version, "number" | "code" | "settings" | "from">;

function changed(account: Account, version: Changed, to: Version["changing"]["to"]): Version {
  const { around, lags } = account;
  const now = around.now();
  const revisions = [account.next(), account.next()] as const;
  const { number, code, settings } = version;
  const from = version.from === undefined ? {} : { from: version.from };
  return { number, code, settings, ...from, modified: now, revisions, changing: { to, until: now + (lags.function ?? 0) } };
}

/** A new version; the last one when neither code nor settings changed since. */
function published(account: Account, fn: Fn, Description: string | undefined): readonly [Fn, Version] {
  const { code, settings } = fn.latest;
  const from = canonical([code, settings]);
  const last = fn.published.at(-1);
  if (last?.from === from) return [fn, last];
  if (Description !== undefined && Description.length > 256) throw invalid("The description is too long.");
  const number = String(fn.count + 1);
  const described = Description === undefined || Description === "" ? settings : { ...settings, Description };
  const version = changed(account, { number, code, settings: described, from }, "active");
  return [{ ...fn, published: [...fn.published, version], count: fn.count + 1 }, version];
}

/** As single functions are answered; `qualifier` stands in the ARN. */
export function configurationOf(account: Account, fn: Fn, version: Version, qualifier?: string): object {
  return { ...listedOf(account, fn, version, false, qualifier), ...stateOf(account, version) };
}

/** As lists say it: without the states (docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html). */
function listedOf(account: Account, fn: Fn, version: Version, numbered: boolean, qualifier?: string): object {
  const at = qualifier ?? (numbered ? version.number : undefined);
  return {
    FunctionName: fn.name,
    FunctionArn: functionArn(account, fn.name, at),
    ...version.settings,
    CodeSize: version.code.size,
    CodeSha256: version.code.sha256,
    Version: version.number,
    LastModified: timeOf(version.modified),
    RevisionId: revisionOf(account, version),
  };
}

function stateOf(account: Account, version: Version): object {
  if (!isChanging(account, version)) return { State: "Active", LastUpdateStatus: "Successful" };
  if (version.changing.to === "active")
    return { State: "Pending", StateReason: "The function is being created.", StateReasonCode: "Creating" };
  return {
    State: "Active",
    LastUpdateStatus: "InProgress",
    LastUpdateStatusReason: "The function is being created.",
    LastUpdateStatusReasonCode: "Creating",
  };
}

/** A function and a version that may be called. */
export function ready(account: Account, fn: Fn, version: Version): void {
  if (fn.latest !== version && !fn.published.includes(version)) throw missing();
  if (isChanging(account, version) && version.changing.to === "active")
    throw conflict("The operation cannot be performed at this time. The function is currently in the following state: Pending");
}
