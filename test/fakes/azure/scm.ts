/**
 * The deployment service of one app (One deploy): https://github.com/Azure/azure-functions-core-tools PublishFunctionAppAction.cs. One
 * deployment at a time; its work goes on with every look. What it publishes the host then indexes.
 */
import type { Asked, Reply } from "./http.ts";
import type { App, AzureState, DeploymentFacts, FunctionFacts } from "./state.ts";
import { unzipped } from "./zip.ts";

export function scm(state: AzureState, app: App, asked: Asked): Reply {
  if (asked.headers["authorization"] !== `Bearer ${state.options.token}`)
    return { status: 401, body: "<html><head><title>401</title></head>Unauthorized</html>" };
  if (state.options.allowed?.has("Microsoft.Web/sites/publish/action") === false)
    return { status: 403, body: { Message: "The caller may not publish." } };
  const [, what, id = "", log] = /^\/api\/(publish|deployments)(?:\/([^/]+))?(\/log)?$/.exec(asked.path) ?? [];
  if (what === "publish" && asked.method === "POST") return publish(state, app, asked);
  if (what !== "deployments" || asked.method !== "GET") return { status: 404, body: { Message: `No route ${asked.path}` } };
  if (id === "") return { status: 200, body: app.deployments.map(shown) };
  const found = id === "latest" ? app.deployments.at(-1) : app.deployments.find((one) => one.id === id);
  if (found === undefined) return { status: 404, body: { Message: `Deployment '${id}' not found.` } };
  if (log !== undefined)
    return { status: 200, body: found.log.map((message) => ({ log_time: "2026-11-22T12:00:00Z", message, type: 0 })) };
  step(state, app, found);
  return { status: found.status === 4 || found.status === 3 ? 200 : 202, body: shown(found) };
}

function publish(state: AzureState, app: App, asked: Asked): Reply {
  if (asked.headers["content-type"] !== "application/zip")
    return { status: 415, body: { Message: "application/zip is expected." } };
  if (asked.query.get("RemoteBuild")?.toLowerCase() !== "false")
    return { status: 400, body: { Message: "Nothing is built here." } };
  if (app.deployments.some(({ status }) => status < 3))
    return { status: 409, body: { Message: "There is a deployment currently in progress. Please try again when it completes." } };
  const id = state.uuid();
  app.deployments.push({
    id,
    status: 0,
    left: state.options.polls,
    archive: asked.bytes,
    log: ["Received the package."],
    fails: false,
  });
  return { status: 202, headers: { "scm-deployment-id": id, location: `/api/deployments/${id}` }, body: JSON.stringify(id) };
}

function step(state: AzureState, app: App, deployment: DeploymentFacts): void {
  if (deployment.status >= 3) return;
  deployment.status = 2;
  if (deployment.left-- > 0) return;
  const files = unzipped(deployment.archive);
  if (!files.has("host.json") || [...state.failing].some((name) => files.has(name))) {
    deployment.status = 3;
    deployment.log.push(
      "The package can't be used.",
      "AccountKey=c2VjcmV0LWtleS1vZi10aGUtYWNjb3VudA==;EndpointSuffix=core.windows.net",
    );
    return;
  }
  deployment.status = 4;
  deployment.log.push("Deployment successful.");
  app.functionsBefore = { value: app.functions, syncs: state.options.syncs };
  app.functions = indexed(app, files);
}

/** A host without its storage finds nothing. */
function indexed(app: App, files: ReadonlyMap<string, Buffer>): readonly FunctionFacts[] {
  if (!Object.keys(app.settings).some((name) => name.startsWith("AzureWebJobsStorage__"))) return [];
  const facts = JSON.parse((files.get("fnpkg.json") ?? Buffer.from("{}")).toString()) as {
    readonly triggers?: readonly {
      readonly name: string;
      readonly bindings: { readonly [name: string]: { readonly type: string } };
    }[];
  };
  return (facts.triggers ?? []).map(({ name, bindings }) => ({
    name,
    bindings: Object.entries(bindings).map(([binding, value]) => ({ name: binding, ...value })),
  }));
}

function shown({ id, status }: DeploymentFacts) {
  return {
    id,
    status,
    status_text: "",
    author: "N/A",
    deployer: "fnpkg",
    message: "OneDeploy",
    complete: status >= 3,
    active: status === 4,
  };
}
