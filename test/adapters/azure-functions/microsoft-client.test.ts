/** What is deployed, read by a second client: Microsoft's own, @azure/arm-appservice. It knows answers by their forms, as Azure documents them. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { needsTool, npmTool } from "../../emulators/tools.ts";
import { component, config, credentials, deployment, furnished, subscription, triggers } from "./azure-site.ts";

const name = "@azure/arm-appservice";
const folder = npmTool(name);

interface Outgoing {
  url: string;
  allowInsecureConnection: boolean;
}
interface HttpClient {
  sendRequest(request: Outgoing): Promise<unknown>;
}
/** As much of `WebSiteManagementClient` as is called here. */
interface Client {
  readonly webApps: {
    get(group: string, app: string): Promise<object>;
    listApplicationSettings(group: string, app: string): Promise<{ readonly properties?: { readonly [name: string]: string } }>;
    listByResourceGroup(group: string): AsyncIterable<{ readonly name?: string }>;
    listFunctions(group: string, app: string): AsyncIterable<{ readonly name?: string; readonly config?: object }>;
  };
  readonly appServicePlans: { get(group: string, plan: string): Promise<object> };
}
interface Options {
  readonly endpoint: string;
  readonly apiVersion: string;
  readonly httpClient: HttpClient;
  readonly retryOptions: object;
}
type Constructor = new (credential: object, subscription: string, options: Options) => Client;

/** It sends tokens to https alone, so that https is what it is told of, and http to this machine what its last step sends. */
function clientOf(endpoint: string): Client {
  const load = createRequire(join(folder ?? "", "package.json"));
  const { WebSiteManagementClient } = load(name) as { readonly WebSiteManagementClient: Constructor };
  const { createDefaultHttpClient } = load("@azure/core-rest-pipeline") as { createDefaultHttpClient(): HttpClient };
  const http = createDefaultHttpClient();
  return new WebSiteManagementClient(credentials, subscription, {
    endpoint: endpoint.replace("http:", "https:"),
    apiVersion: "2024-11-01",
    retryOptions: { maxRetries: 0 },
    httpClient: {
      sendRequest(request) {
        request.url = request.url.replace("https:", "http:");
        request.allowInsecureConnection = true;
        return http.sendRequest(request);
      },
    },
  });
}

async function all<Item>(pages: AsyncIterable<Item>): Promise<readonly Item[]> {
  const found: Item[] = [];
  for await (const item of pages) found.push(item);
  return found;
}

describe.skipIf(folder === undefined)(`a deployment as ${name} sees it${needsTool(name)}`, () => {
  vi.setConfig({ testTimeout: 60_000 });

  it("is the app, the plan, the settings and the functions that were asked for, and nothing after a destroy", async () => {
    const of = config(
      { env: { WORD: "hello" }, triggers: [triggers.photos, triggers.tick], tags: { team: "media" } },
      { applicationInsights: component },
    );
    const azure = furnished();
    const { endpoint, close } = await azure.listen();
    const site = await deployment(of, { door: { azure, endpoint } });
    try {
      expect((await site.deploy(of)).failure).toBeUndefined();
      const { webApps, appServicePlans } = clientOf(endpoint);
      expect(await webApps.get("acme", "thumbnail")).toMatchObject({
        name: "thumbnail",
        type: "Microsoft.Web/sites",
        kind: "functionapp,linux",
        state: "Running",
        tags: { team: "media", "fnpkg:deployment": "thumbnail", "fnpkg:package": "acme/sample" },
        identity: { type: "SystemAssigned", principalId: expect.any(String) as unknown },
        httpsOnly: true,
        serverFarmId: expect.stringMatching(/\/serverfarms\/thumbnail-plan$/) as unknown,
        functionAppConfig: {
          runtime: { name: "node", version: "22" },
          scaleAndConcurrency: { instanceMemoryMB: 2048 },
          deployment: { storage: { value: "https://acmehost.blob.core.windows.net/packages" } },
        },
      });
      expect(await appServicePlans.get("acme", "thumbnail-plan")).toMatchObject({
        reserved: true,
        provisioningState: "Succeeded",
        sku: { name: "FC1", tier: "FlexConsumption" },
      });
      const { properties } = await webApps.listApplicationSettings("acme", "thumbnail");
      expect(properties).toMatchObject({ WORD: "hello", AzureWebJobsStorage__accountName: "acmehost" });
      expect((await all(webApps.listByResourceGroup("acme"))).map((app) => app.name)).toEqual(["thumbnail"]);
      expect(await all(webApps.listFunctions("acme", "thumbnail"))).toMatchObject([
        { name: "thumbnail/photos", config: { bindings: [{ type: "eventGridTrigger" }] } },
        { name: "thumbnail/tick", config: { bindings: [{ type: "timerTrigger", schedule: "0 */5 * * * *" }] } },
      ]);

      expect((await site.destroy()).failure).toBeUndefined();
      for (const gone of [webApps.get("acme", "thumbnail"), appServicePlans.get("acme", "thumbnail-plan")])
        await expect(gone).rejects.toMatchObject({ name: "RestError", code: "ResourceNotFound", statusCode: 404 });
      expect(await all(webApps.listByResourceGroup("acme"))).toEqual([]);
    } finally {
      await site.close();
      await close();
    }
  });
});
