/**
 * The deployment service of one app (One deploy): https://github.com/Azure/azure-functions-core-tools PublishFunctionAppAction.cs. One
 * deployment at a time. What it publishes the host then indexes.
 */
import { createHash } from "node:crypto";
import { unpacked, type Unpacked } from "./archive.ts";
import type { Asked, Reply } from "./asked.ts";
import { type App, type Cloud, type Deployment, type FunctionFacts, statusOf } from "./state.ts";

export function scm(cloud: Cloud, app: App, asked: Asked): Reply {
  if (asked.headers["authorization"] !== `Bearer ${cloud.place.token}`)
    return { status: 401, body: "<html><head><title>401</title></head>Unauthorized</html>" };
  if (cloud.state.allowed?.has("Microsoft.Web/sites/publish/action") === false)
    return { status: 403, body: { Message: "The caller may not publish." } };
  const [, what, id = "", log] = /^\/api\/(publish|deployments)(?:\/([^/]+))?(\/log)?$/.exec(asked.path) ?? [];
  if (what === "publish" && asked.method === "POST") return publish(cloud, app, asked);
  if (what !== "deployments" || asked.method !== "GET") return { status: 404, body: { Message: `No route ${asked.path}` } };
  const { now } = cloud;
  if (id === "") return { status: 200, body: app.deployments.map((one) => shown(one, now)) };
  const found = id === "latest" ? app.deployments.at(-1) : app.deployments.find((one) => one.id === id);
  if (found === undefined) return { status: 404, body: { Message: `Deployment '${id}' not found.` } };
  if (log !== undefined) return { status: 200, body: logOf(found, now) };
  return { status: now < found.until ? 202 : 200, body: shown(found, now) };
}

function publish(cloud: Cloud, app: App, asked: Asked): Reply {
  if (asked.headers["content-type"] !== "application/zip")
    return { status: 415, body: { Message: "application/zip is expected." } };
  if (asked.query.get("RemoteBuild")?.toLowerCase() !== "false")
    return { status: 400, body: { Message: "Nothing is built here." } };
  if (app.deployments.some(({ until }) => cloud.now < until))
    return { status: 409, body: { Message: "There is a deployment currently in progress. Please try again when it completes." } };
  const id = cloud.uuid();
  const archive = unpacked(asked.bytes);
  app.deployments.push({
    id,
    until: cloud.after("publish"),
    fails: archive?.names.has("host.json") !== true || [...cloud.state.failing].some((name) => archive.names.has(name)),
    sha256: createHash("sha256").update(asked.bytes).digest("hex"),
    functions: archive === undefined ? [] : functionsIn(archive),
  });
  return {
    status: 202,
    headers: { "scm-deployment-id": id, location: `${asked.origin}/api/deployments/${id}` },
    body: JSON.stringify(id),
  };
}

interface Facts {
  readonly triggers?: readonly {
    readonly name: string;
    readonly bindings: { readonly [name: string]: { readonly type: string } };
  }[];
}

/** The host asks the entry file, which goes by what is in this file. */
function functionsIn(archive: Unpacked): readonly FunctionFacts[] {
  const { triggers = [] } = JSON.parse(archive.file("fnpkg.json")?.toString() ?? "{}") as Facts;
  return triggers.map(({ name, bindings }) => ({
    name,
    bindings: Object.entries(bindings).map(([binding, value]) => ({ name: binding, ...value })),
  }));
}

/** What a deployment that fails says holds a key, as Azure's own logs have held some. */
function logOf({ until, fails }: Deployment, now: number) {
  const failure = [
    "The package can't be used.",
    "AccountKey=c2VjcmV0LWtleS1vZi10aGUtYWNjb3VudA==;EndpointSuffix=core.windows.net",
  ];
  const lines = ["Received the package.", ...(now < until ? [] : fails ? failure : ["Deployment successful."])];
  return lines.map((message) => ({ log_time: new Date(Math.min(now, until)).toISOString(), message, type: 0 }));
}

function shown(deployment: Deployment, now: number) {
  const status = statusOf(deployment, now);
  return {
    id: deployment.id,
    status,
    status_text: "",
    author: "N/A",
    deployer: "fnpkg",
    message: "OneDeploy",
    complete: status >= 3,
    active: status === 4,
  };
}
