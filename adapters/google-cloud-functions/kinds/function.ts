/** The anchor: code, settings, and the labels that say what was deployed. */
import type { Lifecycle, Live, Outputs } from "fnpkg/adapter";
import type { GoogleClient } from "../client.ts";
import type { FunctionJson } from "../client-api.ts";
import { ifThere } from "../errors.ts";
import { derivationIn, markIn } from "../marks.ts";
import { type FunctionProps, ids, kinds } from "../resources.ts";
import { deployed } from "./function-deploy.ts";
import { isHttp, isIdle, propsOf, revisionOf, stateOf } from "./function-props.ts";
import { remove } from "./function-write.ts";
import { functionName, functionNamed, ourFunction } from "./owner.ts";
import { servingOf } from "./service.ts";
import { type Context, said, shortName, together } from "./shared.ts";

export const functionLifecycle: Lifecycle<FunctionProps, GoogleClient> = {
  anchor: true,
  after: [kinds.topic],
  fixed: ["name", "environment", "/eventTrigger/triggerRegion", "/eventTrigger/pubsubTopic"],
  volatile: ["revision"],
  secret: ["/serviceConfig/environmentVariables/*"],
  whole: ["/serviceConfig/environmentVariables", "/buildConfig/environmentVariables"],
  permissions: {
    // Also what finds former triggers, whatever this deployment has now.
    read: [
      "cloudfunctions.functions.get",
      "cloudscheduler.jobs.list",
      "eventarc.triggers.get",
      "pubsub.subscriptions.get",
      "pubsub.topics.get",
      "pubsub.topics.list",
      "run.revisions.get",
      "run.services.get",
      "run.services.getIamPolicy",
    ],
    create: [
      "cloudfunctions.functions.create",
      "cloudfunctions.functions.delete",
      "cloudfunctions.functions.generateUploadUrl",
      "cloudfunctions.operations.get",
      "iam.serviceAccounts.actAs",
      "storage.buckets.get",
    ],
    update: [
      "cloudfunctions.functions.delete",
      "cloudfunctions.functions.generateUploadUrl",
      "cloudfunctions.functions.update",
      "cloudfunctions.operations.get",
      "iam.serviceAccounts.actAs",
      "run.operations.get",
      "run.services.update",
    ],
    delete: ["cloudfunctions.functions.delete", "cloudfunctions.operations.get"],
  },
  lock: ({ name }) => `function ${name}`,

  async find(cx) {
    const found = await ourFunction(cx);
    return found === undefined ? [] : [{ id: ids.function, live: await liveOf(cx, found) }];
  },

  async read(cx, _id, props) {
    const found = await functionNamed(cx, props.name);
    return found === undefined ? undefined : liveOf(cx, found, props);
  },

  create: (cx, id, props) => made(cx, id, props, undefined),
  update: (cx, id, props, live) => made(cx, id, props, live),

  async delete(cx, _id, live) {
    const name = live.props.name ?? functionName(cx);
    await cx.until(`the function ${shortName(name)} to be idle`, async () => {
      const found = await ifThere(cx.client.functions.getFunction(name, cx));
      return found === undefined || isIdle(found) ? true : undefined;
    });
    await remove(cx, name);
  },
};

async function liveOf(cx: Context, found: FunctionJson, wanted?: FunctionProps): Promise<Live<FunctionProps>> {
  const recorded = derivationIn(found.labels ?? {});
  const serving = await servingOf(cx, found);
  const derivation =
    recorded === undefined ? undefined : { ...recorded, packageDigest: serving.packageDigest ?? recorded.packageDigest };
  return {
    props: propsOf(found, wanted),
    outputs: await outputsOf(cx, found, serving.revision),
    mark: markIn(found.labels ?? {}),
    ...(derivation === undefined ? {} : { derivation }),
    state: stateOf(found),
  };
}

/** Its service; for what takes events who brings them, and by which subscription. */
async function outputsOf(cx: Context, found: FunctionJson, serving: string | undefined): Promise<Outputs> {
  const { serviceConfig, eventTrigger } = found;
  const [service, uri] = [said(serviceConfig?.service), said(serviceConfig?.uri)];
  const revision = revisionOf(found) ?? (cx.client.emulated && service !== undefined ? "latest" : undefined);
  // Where the trigger names none, it is the one that the function runs as: the project's default, both.
  const invoker =
    eventTrigger === undefined
      ? undefined
      : (said(eventTrigger["serviceAccountEmail"]) ?? said(serviceConfig?.["serviceAccountEmail"]));
  const trigger = said(eventTrigger?.trigger);
  const transport =
    trigger === undefined
      ? undefined
      : await together(cx, `trigger ${trigger}`, () => ifThere(cx.client.eventarc.getTrigger(trigger, cx)));
  const subscription = said(transport?.transport?.pubsub?.subscription);
  return {
    ...(service === undefined ? {} : { service }),
    ...(uri === undefined ? {} : { uri }),
    ...(uri === undefined || !isHttp(found) ? {} : { url: uri }),
    ...(revision === undefined ? {} : { revision }),
    ...(serving === undefined ? {} : { serving }),
    ...(invoker === undefined ? {} : { invoker: `serviceAccount:${invoker}` }),
    ...(subscription === undefined ? {} : { subscription }),
  };
}

async function made(cx: Context, id: string, props: FunctionProps, live: Live<FunctionProps> | undefined): Promise<Outputs> {
  const { fn, serving } = await deployed(cx, id, props, live);
  return outputsOf(cx, fn, serving);
}
