/** Long-running operations: waited for within the run's deadline, their stages told, their failures with the build's last words. */
import { FnpkgError } from "fnpkg/adapter";
import type { OperationJson, StageJson } from "../client-api.ts";
import { codeName, GoogleError, ifThere } from "../errors.ts";
import { type Context, enumName, shortName } from "./shared.ts";

const stageNames = [
  "NAME_UNSPECIFIED",
  "ARTIFACT_REGISTRY",
  "BUILD",
  "SERVICE",
  "TRIGGER",
  "SERVICE_ROLLBACK",
  "TRIGGER_ROLLBACK",
];
const stageStates = ["STATE_UNSPECIFIED", "NOT_STARTED", "IN_PROGRESS", "COMPLETE"];
const lastLines = 20;

/**
 * Waits for the end. One that Google knows no more has ended: what it did is read from the thing itself.
 * @throws GoogleError when it failed; FnpkgError E_VENDOR when the build did
 */
export async function ended(cx: Context, api: "functions" | "run", begun: OperationJson): Promise<void> {
  let told = "";
  const tell = (stages: readonly StageJson[] = []) => {
    const now = stages.find(({ state }) => enumName(state, stageStates) === "IN_PROGRESS");
    const words = now === undefined ? "" : wordsOf(now);
    if (words !== "" && words !== told) cx.progress(words);
    told = words;
  };
  let next: OperationJson | undefined = begun;
  const last = await cx.until(`the operation ${shortName(begun.name ?? "")}`, async () => {
    const operation = next ?? (await ifThere(cx.client[api].getOperation(begun.name ?? "", cx))) ?? { done: true };
    next = undefined;
    tell(operation.metadata?.stages);
    return operation.done === true ? operation : undefined;
  });
  if (last.error !== undefined) throw await failureOf(cx, last);
}

function wordsOf({ name, message, resourceUri }: StageJson): string {
  const stage = (enumName(name, stageNames) ?? "work").toLowerCase().replaceAll("_", " ");
  const words = message === undefined || message === "" ? `${stage} in progress` : message;
  return resourceUri === undefined || resourceUri === "" ? words : `${words}: ${resourceUri}`;
}

async function failureOf(cx: Context, { name = "", error, metadata }: OperationJson): Promise<Error> {
  const stages = metadata?.stages ?? [];
  const messages = stages.flatMap(({ stateMessages = [] }) => stateMessages.flatMap(({ message }) => message ?? []));
  const said = error?.message ?? "";
  const message = [said, ...messages.filter((words) => !said.includes(words))].filter((words) => words !== "").join(" ");
  const build = metadata?.buildName;
  if (build !== undefined && build !== "" && /\bbuild\b/i.test(message)) return buildFailure(cx, build, message, stages);
  const code = codeName(error?.code);
  return new GoogleError({
    call: shortName(name),
    ...(code === undefined ? {} : { code }),
    message: message === "" ? "the operation failed" : message,
    details: error?.details ?? [],
  });
}

/** With the log's address and its last lines, as far as the credentials may read them. */
async function buildFailure(cx: Context, build: string, message: string, stages: readonly StageJson[]): Promise<FnpkgError> {
  const id = shortName(build);
  const found = await readable(cx.client.builds.getBuild(build, cx));
  const url = found?.logUrl ?? stages.find(({ name }) => enumName(name, stageNames) === "BUILD")?.resourceUri;
  const log = await readable(
    cx.client.logging.listEntries(
      {
        resourceNames: [`projects/${cx.client.section.project}`],
        filter: `resource.type="build" AND resource.labels.build_id="${id}"`,
        orderBy: "timestamp desc",
        pageSize: lastLines,
      },
      cx,
    ),
  );
  const lines = (log?.items ?? []).flatMap(({ textPayload }) => textPayload ?? []).toReversed();
  const words = [`the build failed: ${message}`, ...lines.map((line) => `  ${line}`)].join("\n");
  return new FnpkgError("E_VENDOR", words, {
    target: "google-cloud-functions",
    hint: url === undefined ? `Read the log of the build ${id} in Cloud Build.` : `Read the build's log: ${url}`,
  });
}

/** What only helps to explain is left out where it can't be had. */
async function readable<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch {
    return undefined;
  }
}
