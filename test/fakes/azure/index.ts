/**
 * Azure on loopback, as far as a function app on Flex Consumption needs it: strict about what it is sent, and about when. The same
 * sequence of calls gives the same answers.
 */
import { actionsOf } from "./actions.ts";
import { authorization } from "./authorization.ts";
import { eventGrid } from "./event-grid.ts";
import { host } from "./host.ts";
import { type Asked, listen, type Listening, type Reply } from "./http.ts";
import { scm } from "./scm.ts";
import { type App, armError, type AzureOptions, AzureState, type Json, missing } from "./state.ts";
import { blobService, storage } from "./storage.ts";
import { web } from "./web.ts";

export interface Exchange extends Asked {
  /** `arm`, `scm`, `host` or `blob`. */
  readonly service: string;
  readonly status: number;
}

/** What happens to one request instead of, before or after its answer. */
export type Intervene = (asked: Asked & { readonly service: string; readonly index: number }) => Intervention | undefined;
export interface Intervention {
  /** `cut`: the connection breaks. */
  readonly reply: Reply | "cut";
  /** The request is done all the same, and only its answer is another. */
  readonly done?: boolean;
}

export interface FakeOptions extends Partial<AzureOptions> {
  /** What is wrong with a body that was sent, by the vendor's own schemas. */
  readonly check?: (kind: string, version: string, body: object, path: string) => readonly string[];
}

/** `api-version`s that are spoken here. */
const versions: { readonly [provider: string]: string } = {
  "microsoft.web": "2024-11-01",
  "microsoft.eventgrid": "2025-02-15",
  "microsoft.authorization": "2022-04-01",
  "microsoft.storage": "2025-06-01",
  "microsoft.managedidentity": "2023-01-31",
};

export class FakeAzure {
  readonly state: AzureState;
  readonly exchanges: Exchange[] = [];
  intervene: Intervene = () => undefined;
  readonly #options: FakeOptions;
  readonly #servers = new Map<string, Listening>();
  #arm: Listening | undefined;
  #blobs: Listening | undefined;

  constructor(options: FakeOptions = {}) {
    this.#options = options;
    this.state = new AzureState({
      token: "arm-token",
      subscription: "11111111-1111-1111-1111-111111111111",
      resourceGroup: "acme",
      region: "westeurope",
      ...options,
    });
  }

  async start(): Promise<this> {
    this.#arm = await listen((asked) => this.#answer("arm", asked, (one) => this.#resourceManager(one)));
    this.#blobs = await listen((asked) => this.#answer("blob", asked, (one) => blobService(this.state, one)));
    return this;
  }

  /** Where Resource Manager listens. */
  get endpoint(): string {
    return `http://${this.#arm?.host ?? ""}`;
  }

  async close(): Promise<void> {
    const all = [...this.#servers.values(), ...[this.#arm, this.#blobs].flatMap((one) => one ?? [])];
    await Promise.all(all.map((one) => one.close()));
  }

  /** Everything that is there, without what differs from run to run. */
  snapshot(): unknown {
    const { plans, apps, roleAssignments, eventSubscriptions, blobs } = this.state;
    const things = (of: ReadonlyMap<string, { readonly value: Json }>) =>
      [...of].map(([key, { value }]) => [key, value]).toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
    const shown = [...apps].map(([key, { value, settings, functions, deployments }]) => {
      const { principalId: _principal, ...identity } = (value["identity"] ?? {}) as Json;
      const tags = Object.fromEntries(
        Object.entries(value["tags"] as Json).map(([name, tag]) => [
          name,
          name === "fnpkg:published" ? String(tag).split(" ").slice(0, 2).join(" ") : tag,
        ]),
      );
      const serves =
        deployments
          .filter(({ status }) => status === 4)
          .at(-1)
          ?.archive.toString("base64") ?? null;
      return [
        key,
        {
          ...value,
          tags,
          identity,
          settings: Object.fromEntries(
            Object.keys(settings)
              .toSorted()
              .map((name) => [name, settings[name]]),
          ),
          functions,
          serves,
        },
      ];
    });
    const roles = things(roleAssignments).map(([key, value]) => [
      key,
      { ...(value as Json), properties: { ...((value as Json)["properties"] as Json), principalId: "" } },
    ]);
    return JSON.parse(
      JSON.stringify({
        plans: things(plans),
        apps: shown,
        roles,
        subscriptions: things(eventSubscriptions),
        blobs: [...blobs.keys()].toSorted(),
      }),
    ) as unknown;
  }

  async #answer(service: string, asked: Asked, answer: (asked: Asked) => Promise<Reply> | Reply): Promise<Reply> {
    const fault = this.intervene({ ...asked, service, index: this.exchanges.length });
    const slot = this.exchanges.push({ ...asked, service, status: 0 }) - 1;
    const reply = fault === undefined || fault.done === true ? await answer(asked) : { status: 0 };
    this.exchanges[slot] = { ...asked, service, status: reply.status };
    if (fault === undefined) return reply;
    return fault.reply === "cut" ? { status: 0, cut: true } : fault.reply;
  }

  async #resourceManager(asked: Asked): Promise<Reply> {
    const { token, allowed, subscription } = this.state.options;
    if (asked.headers["authorization"] !== `Bearer ${token}`)
      return armError(401, "InvalidAuthenticationToken", "The access token is invalid.");
    if (asked.path.startsWith("/operations/")) return this.#operation(asked);
    const needed = actionsOf(asked);
    if (needed === undefined) return armError(404, "InvalidResourceType", `There is no ${asked.method} ${asked.path}.`);
    const refused = needed.find((action) => allowed?.has(action) === false);
    if (refused !== undefined) {
      const message = `The client 'deployer' with object id '1' does not have authorization to perform action '${refused}' over scope '${asked.path}' or the scope is invalid. If access was recently granted, please refresh your credentials.`;
      return armError(403, "AuthorizationFailed", message);
    }
    if (asked.path.startsWith("/providers/")) return this.#stacks(asked);
    if (!asked.path.toLowerCase().startsWith(`/subscriptions/${subscription}/`.toLowerCase()))
      return armError(404, "SubscriptionNotFound", "The subscription could not be found.");
    return this.#provider(asked);
  }

  async #provider(asked: Asked): Promise<Reply> {
    const { state } = this;
    const parts = asked.path.split("/").filter((part) => part !== "");
    if ((parts[3] ?? "").toLowerCase() !== state.options.resourceGroup.toLowerCase())
      return armError(404, "ResourceGroupNotFound", `Resource group '${parts[3]}' could not be found.`);
    if (parts.length === 4)
      return {
        status: 200,
        body: { id: state.group, name: parts[3], location: state.options.region, properties: { provisioningState: "Succeeded" } },
      };
    const at = parts.lastIndexOf("providers");
    const provider = (parts[at + 1] ?? "").toLowerCase();
    const rest = parts.slice(at + 2);
    const version = asked.query.get("api-version");
    if (versions[provider] !== undefined && version !== versions[provider])
      return armError(400, "InvalidApiVersionParameter", `The api-version '${version}' is invalid for ${provider}.`);
    if (asked.method === "PUT") {
      const wrong = this.#wrong(asked, provider, rest, version ?? "");
      if (wrong.length > 0) return armError(400, "InvalidRequestContent", wrong.join("; "));
    }
    const scope = `/${parts.slice(0, at).join("/")}`;
    if (provider === "microsoft.web")
      return web(state, asked, rest, { open: (app) => this.#open(app), close: (app) => this.#end(app) });
    if (provider === "microsoft.eventgrid") return eventGrid(state, asked, scope, rest);
    if (provider === "microsoft.authorization") return authorization(state, asked, scope, rest);
    if (provider === "microsoft.storage") return storage(state, asked, rest, this.#blobs?.host ?? "");
    if (provider === "microsoft.managedidentity") {
      const found = state.identities.get(asked.path.toLowerCase());
      return found === undefined
        ? missing(asked.path, state.options.resourceGroup)
        : { status: 200, body: { id: asked.path, properties: found } };
    }
    if (provider === "microsoft.insights") return this.#insights(asked, rest);
    return armError(404, "InvalidResourceNamespace", `The resource namespace '${provider}' is invalid.`);
  }

  /** The body, closed, by the vendor's schemas. */
  #wrong(asked: Asked, provider: string, rest: readonly string[], version: string): readonly string[] {
    const check = this.#options.check;
    if (check === undefined) return [];
    const types = rest.filter((_, index) => index % 2 === 0).join("/");
    return check(`${provider}/${types}`.toLowerCase(), version, asked.body as object, asked.path);
  }

  #operation(asked: Asked): Reply {
    const id = asked.path.slice("/operations/".length);
    const found = this.state.operations.get(id);
    if (found === undefined) return armError(404, "OperationNotFound", "The operation could not be found.");
    const left = found.thing?.pending ?? found.left;
    const now = left > 0 ? left - 1 : 0;
    if (found.thing !== undefined) found.thing.pending = now;
    found.left = now;
    const asked200 = asked.query.has("status");
    if (now > 0)
      return asked200
        ? { status: 200, body: { status: "InProgress" } }
        : { status: 202, headers: { location: `/operations/${id}`, "retry-after": "0" } };
    if (found.error !== undefined)
      return asked200
        ? { status: 200, body: { status: "Failed", error: found.error } }
        : armError(409, found.error.code, found.error.message);
    return { status: 200, body: asked200 ? { status: "Succeeded" } : {} };
  }

  #insights(asked: Asked, rest: readonly string[]): Reply {
    const [, name, verb] = rest;
    const found = this.state.components.get(String(name));
    if (found === undefined) return missing(asked.path, this.state.options.resourceGroup);
    if (verb === undefined) return { status: 200, body: { name, properties: { ConnectionString: found.connectionString } } };
    const columns = ["id", "time", "level", "message"].map((column) => ({ name: column, type: "string" }));
    return { status: 200, body: { tables: [{ name: "PrimaryResult", columns, rows: found.rows }] } };
  }

  #stacks(asked: Asked): Reply {
    const sku = (version: string) => ({
      skuCode: "FC1",
      instanceMemoryMB: [
        { size: 512, isDefault: false },
        { size: 2048, isDefault: true },
        { size: 4096, isDefault: false },
      ],
      maximumInstanceCount: { lowestMaximumInstanceCount: 1, highestMaximumInstanceCount: 1000, defaultValue: 100 },
      functionAppConfigProperties: { runtime: { name: "node", version } },
    });
    const offers = asked.path.toLowerCase().includes(`/locations/${this.state.options.region}/`);
    const minorVersions = ["22", "20"].map((version) => ({
      value: version,
      stackSettings: {
        linuxRuntimeSettings: { runtimeVersion: `Node|${version}`, Sku: offers ? [sku(version)] : [{ skuCode: "Y1" }] },
      },
    }));
    return {
      status: 200,
      body: { value: [{ name: "node", properties: { majorVersions: [{ minorVersions }] } }], nextLink: null },
    };
  }

  async #open(app: App): Promise<void> {
    const [own, deployments] = await Promise.all([
      listen((asked) => this.#answer("host", asked, (one) => host(app, one))),
      listen((asked) => this.#answer("scm", asked, (one) => scm(this.state, app, one))),
    ]);
    app.host = own.host;
    app.scm = deployments.host;
    this.#servers.set(`${app.name} host`, own).set(`${app.name} scm`, deployments);
  }

  async #end(app: App): Promise<void> {
    for (const key of [`${app.name} host`, `${app.name} scm`]) {
      await this.#servers.get(key)?.close();
      this.#servers.delete(key);
    }
  }
}
