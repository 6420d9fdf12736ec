/**
 * Somebody else in the same resource group. What they add is called theirs, and added twice is there once; what they change of ours
 * is drift. Names of all they add begin with `theirs`, settings with `THEIRS_`; role assignments say so in their description.
 */
import { newApp } from "./sites.ts";
import type { App, Cloud, Json, Thing } from "./state.ts";

type Deed = readonly [what: string, doIt: () => void];

/** Does one of what can be done, and tells which. */
export function disturb(cloud: Cloud, random: () => number): string {
  const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
  const accounts = [...cloud.state.accounts.keys()].toSorted();
  const ours = cloud.all(cloud.state.apps).filter(({ name }) => !name.startsWith("theirs"));
  const deeds = [
    ...theirPlace(cloud),
    ...accounts.flatMap((account) => theirsOn(cloud, account)),
    ...ours.flatMap((app) => [...theirsIn(app), ...driftOf(app, random)]),
    ...removals(cloud),
  ];
  const [what, doIt] = pick(deeds) ?? ["there is nothing to disturb", () => undefined];
  doIt();
  return what;
}

function theirPlace(cloud: Cloud): Deed[] {
  const { plans, apps } = cloud.state;
  const make = () => {
    const planId = `${cloud.group}/providers/Microsoft.Web/serverfarms/theirs-plan`;
    const id = `${cloud.group}/providers/Microsoft.Web/sites/theirs-app`;
    const common = { location: "West Europe", tags: { owner: "theirs" } };
    if (cloud.there(plans, "theirs-plan") === undefined) {
      const sku = { name: "FC1", tier: "FlexConsumption", size: "FC1", family: "FC", capacity: 0 };
      const properties = { reserved: true, zoneRedundant: false, status: "Ready" };
      const type = "Microsoft.Web/serverfarms";
      add(cloud, plans, planId, { ...common, id: planId, name: "theirs-plan", type, kind: "functionapp", sku, properties }, {});
    }
    if (cloud.there(apps, "theirs-app") === undefined) {
      const scaleAndConcurrency = { instanceMemoryMB: 512, maximumInstanceCount: 40 };
      const functionAppConfig = { runtime: { name: "node", version: "20" }, scaleAndConcurrency };
      const properties = { serverFarmId: planId, functionAppConfig, state: "Running", enabled: true };
      const value = { ...common, id, name: "theirs-app", type: "Microsoft.Web/sites", kind: "functionapp,linux", properties };
      add(cloud, apps, id, value, { ...newApp(cloud, "theirs-app", "theirs"), settings: { THEIRS: "kept" } });
    }
  };
  return [["adds an app of theirs with its plan", make]];
}

function theirsOn(cloud: Cloud, account: string): Deed[] {
  const { eventSubscriptions, roleAssignments } = cloud.state;
  const scope = `${cloud.group}/providers/Microsoft.Storage/storageAccounts/${account}`;
  const subscription = () => {
    const id = `${scope}/providers/Microsoft.EventGrid/eventSubscriptions/theirs-events`;
    const destination = { endpointType: "WebHook", properties: { endpointBaseUrl: "https://theirs.example/events" } };
    const properties = { topic: scope, destination, eventDeliverySchema: "EventGridSchema", labels: ["theirs"] };
    const type = "Microsoft.EventGrid/eventSubscriptions";
    if (cloud.there(eventSubscriptions, id.toLowerCase()) === undefined)
      add(cloud, eventSubscriptions, id, { id, name: "theirs-events", type, properties }, {});
  };
  const role = () => {
    const name = "7e175000-0000-4000-8000-000000000001";
    const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`;
    const roleDefinitionId = `/subscriptions/${cloud.place.subscription}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`;
    const properties = { roleDefinitionId, principalId: "theirs", principalType: "User", description: "theirs", scope };
    const type = "Microsoft.Authorization/roleAssignments";
    if (cloud.there(roleAssignments, id.toLowerCase()) === undefined)
      add(cloud, roleAssignments, id, { id, name, type, properties }, {});
  };
  return [
    [`adds an event subscription of theirs to ${account}`, subscription],
    [`assigns a role of theirs on ${account}`, role],
  ];
}

function theirsIn(app: App): Deed[] {
  const setting = () => void (app.settings = { ...app.settings, THEIRS_NOTE: "kept" });
  const tag = () => void (app.value = { ...app.value, tags: { ...(app.value["tags"] as Json), theirs: "kept" } });
  return [
    [`adds a setting of theirs to ${app.name}`, setting],
    [`adds a tag of theirs to ${app.name}`, tag],
  ];
}

function driftOf(app: App, random: () => number): Deed[] {
  const names = Object.keys(app.settings)
    .filter((name) => !/^(THEIRS|FNPKG_)/.test(name))
    .toSorted();
  const name = names[Math.floor(random() * names.length)];
  const properties = app.value["properties"] as Json;
  const config = properties["functionAppConfig"] as Json;
  const scale = config["scaleAndConcurrency"] as Json;
  const instanceMemoryMB = scale["instanceMemoryMB"] === 512 ? 2048 : 512;
  const memory = () => {
    const functionAppConfig = { ...config, scaleAndConcurrency: { ...scale, instanceMemoryMB } };
    app.value = { ...app.value, properties: { ...properties, functionAppConfig } };
  };
  const set = (changed: string) => void (app.settings = { ...app.settings, [changed]: "changed-by-hand" });
  return [
    ...(name === undefined ? [] : [[`changes the setting ${name} of ${app.name}`, () => set(name)] as const]),
    [`gives ${app.name} ${instanceMemoryMB} MB`, memory],
  ];
}

function removals(cloud: Cloud): Deed[] {
  const { eventSubscriptions, roleAssignments } = cloud.state;
  const ours = (things: ReadonlyMap<string, Thing>) =>
    [...things].filter(([, thing]) => cloud.isThere(thing) && !JSON.stringify(thing.value).includes('"theirs'));
  return [
    ...ours(eventSubscriptions).map(([key, { name }]): Deed => [
      `removes the event subscription ${name}`,
      () => void eventSubscriptions.delete(key),
    ]),
    ...ours(roleAssignments).map(([key, { name }]): Deed => [
      `deletes the role assignment ${name}`,
      () => void roleAssignments.delete(key),
    ]),
  ];
}

/** There and seen at once. */
function add<T extends Thing>(cloud: Cloud, things: Map<string, T>, id: string, value: Json, own: Omit<T, keyof Thing>): void {
  const name = String(value["name"]);
  const key = id.includes("/Microsoft.Web/") ? name : id.toLowerCase();
  things.set(key, { id, name, value, before: undefined, seenAt: cloud.now, readyAt: cloud.now, ...own } as T);
}
