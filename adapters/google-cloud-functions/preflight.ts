/** What only the network knows, before anything is written. What the credentials may not read is left to the deploy. */
import { type Asked, type Cx, pointer, type Problem, type Resolved } from "fnpkg/adapter";
import type { GoogleClient } from "./client.ts";
import type { FunctionJson } from "./client-api.ts";
import type { Section } from "./config.ts";
import { explain, GoogleError } from "./errors.ts";
import { revisionText } from "./kinds/function-props.ts";
import { functionName, functionNamed } from "./kinds/owner.ts";
import { madeOf, revisionNamed, servingOf } from "./kinds/service.ts";
import { enumName, pages } from "./kinds/shared.ts";
import { derivationIn } from "./marks.ts";
import { type FunctionProps, kinds } from "./resources.ts";
import { eventTrigger } from "./translate-event.ts";

type Config = Resolved<Section>;
type Look = Promise<Problem | undefined>;
const target = "google-cloud-functions";

/** google/cloud/functions/v2/functions.proto, ListRuntimesResponse.RuntimeStage and Environment. */
const stages = ["", "DEVELOPMENT", "ALPHA", "BETA", "GA", "DEPRECATED", "DECOMMISSIONED"];
const environments = ["", "GEN_1", "GEN_2"];

export async function preflight(cx: Cx<GoogleClient>, config: Config, asked: Asked): Promise<readonly Problem[]> {
  const found = await functionNamed(cx, functionName(cx));
  const looks = found === undefined || asked.traffic === undefined ? [] : [share(cx, found, asked)];
  // What was deployed with this very configuration had all of it.
  if (derivationIn(found?.labels ?? {})?.configDigest !== config.digest)
    looks.push(runtime(cx, config), ...accounts(cx, config), ...sources(cx, config));
  return (await Promise.all(looks)).flatMap((problem) => problem ?? []);
}

/** A share is for a revision beside the one that serves. */
async function share(cx: Cx<GoogleClient>, found: FunctionJson, { wanted }: Asked): Look {
  const refuse = (message: string): Problem => ({
    code: "E_TRAFFIC",
    message,
    target,
    hint: "Deploy it without `--traffic`.",
  });
  const { revision } = await servingOf(cx, found);
  if (revision === undefined) return refuse("nothing serves yet");
  const props = wanted.find(({ kind }) => kind === kinds.function)?.props as unknown as FunctionProps | undefined;
  const live = await revisionNamed(cx, `${found.serviceConfig?.service ?? ""}/revisions/${revision}`);
  if (props === undefined || live === undefined || cx.derivation === undefined) return undefined;
  return madeOf(live) === revisionText(props, cx.derivation) ? refuse(`what is wanted is what serves: ${revision}`) : undefined;
}

/** The region, and what it runs. */
async function runtime({ client, signal }: Cx<GoogleClient>, { section, runtime: version = "" }: Config): Look {
  const name = `nodejs${version}`;
  try {
    const all = await pages((token) => client.functions.listRuntimes(client.parent, token, { signal }));
    const usable = all.filter(
      ({ stage, environment }) => enumName(stage, stages) !== "DECOMMISSIONED" && enumName(environment, environments) !== "GEN_1",
    );
    if (all.length === 0 || usable.some((one) => one.name === name)) return undefined;
    const names = [...new Set(usable.flatMap((one) => (one.name?.startsWith("nodejs") === true ? [one.name.slice(6)] : [])))];
    return problem("E_TARGET_LIMIT", `${section.region} runs no ${name}`, ["targets", target, "runtime"], {
      hint: `Set \`runtime\` to one of: ${names.join(", ")}.`,
    });
  } catch (cause) {
    if (!(cause instanceof GoogleError)) throw cause;
    if (noRegion.test(cause.message)) {
      return problem(
        "E_TARGET",
        `${section.project} can't use the region ${section.region}: ${cause.message}`,
        ["targets", target, "region"],
        {
          hint: "Correct `region`: `gcloud functions regions list` prints them.",
        },
      );
    }
    if (cause.reason === "SERVICE_DISABLED" || explain(cause)?.retry !== "never") throw cause;
    return undefined;
  }
}

/** Each account exists, and may be used. */
function accounts({ client, signal }: Cx<GoogleClient>, { identity, section }: Config): Look[] {
  const named = [
    { email: identity, at: ["identity", target] },
    { email: section.triggerServiceAccount, at: ["targets", target, "triggerServiceAccount"] },
    { email: section.buildServiceAccount, at: ["targets", target, "buildServiceAccount"] },
  ];
  return named.flatMap(({ email, at }) => {
    if (email === undefined) return [];
    const name = `projects/-/serviceAccounts/${email}`;
    const look = async (): Look => {
      const { disabled } = await client.iam.getServiceAccount(name, { signal });
      if (disabled === true)
        return problem("E_RESOURCE", `the service account ${email} is disabled`, at, { hint: "Enable it, or name another." });
      if (await mayAct(client, name, signal)) return undefined;
      return problem("E_RESOURCE", `the credentials may not use the service account ${email}`, at, {
        hint: `Grant them roles/iam.serviceAccountUser on it: \`gcloud iam service-accounts add-iam-policy-binding ${email} --role roles/iam.serviceAccountUser --member …\`.`,
      });
    };
    const missing = () =>
      problem("E_RESOURCE", `there is no service account ${email}`, at, { hint: "Make it first, or correct its address." });
    return [readable(look, /service account/i, missing)];
  });
}

const actAs = "iam.serviceAccounts.actAs";

/** What IAM doesn't tell is left to the deploy. */
async function mayAct({ iam }: GoogleClient, name: string, signal: AbortSignal): Promise<boolean> {
  try {
    return (await iam.testServiceAccount(name, [actAs], { signal })).includes(actAs);
  } catch (cause) {
    if (cause instanceof GoogleError && explain(cause)?.retry === "never") return true;
    throw cause;
  }
}

/** docs.cloud.google.com/functions/docs/locations: what Google says of a place that it has not, or that the project may not use. */
const noRegion = /^Permission denied on 'locations\/|^Location \S+ is not (?:found|supported)/i;

/** What events come from. */
function sources({ client, signal }: Cx<GoogleClient>, config: Config): Look[] {
  const trigger = eventTrigger(config);
  const source = config.triggers.find((one) => "source" in one);
  if (trigger === null || source === undefined || !("source" in source)) return [];
  const at = ["resources", source.source.resource, target];
  const bucket = trigger.eventFilters.find(({ attribute }) => attribute === "bucket")?.value;
  const { pubsubTopic } = trigger;
  const looks: Look[] = [];
  if (bucket !== undefined) {
    const missing = () =>
      problem("E_RESOURCE", `there is no bucket ${bucket}`, at, { hint: "Make it first, or correct its name." });
    looks.push(readable(async () => void (await client.storage.getBucket(bucket, { signal })), /bucket/i, missing));
  }
  if (pubsubTopic !== null && !config.section.createTopics) {
    const missing = () =>
      problem("E_RESOURCE", `there is no topic ${pubsubTopic}`, at, { hint: "Make it first, or set `createTopics: true`." });
    looks.push(readable(async () => void (await client.pubsub.getTopic(pubsubTopic, { signal })), /resource|topic/i, missing));
  }
  return looks;
}

/** Google says in words what is not there; an address that nothing answers says less. */
async function readable(look: () => Promise<Problem | undefined | void>, what: RegExp, missing: () => Problem): Look {
  try {
    return (await look()) ?? undefined;
  } catch (cause) {
    if (!(cause instanceof GoogleError)) throw cause;
    if (cause.code === "NOT_FOUND" || cause.status === 404) return what.test(cause.message) ? missing() : undefined;
    if (explain(cause)?.retry === "never") return undefined;
    throw cause;
  }
}

function problem(code: Problem["code"], message: string, at: readonly string[], more: { readonly hint: string }): Problem {
  return { code, message, pointer: pointer(...at), target, ...more };
}
