import { isOurKey, keyPrints, markText, readMark } from "fnpkg/adapter";
import { describe, expect, test } from "vitest";
import { kinds, markTags } from "../../../adapters/azure-functions/resources.ts";
import { translate } from "../../../adapters/azure-functions/translate.ts";
import { holdsToGoldens, only } from "../translate-suite.ts";
import {
  arm,
  cases,
  content,
  everything,
  type Given,
  identity,
  inputOf,
  insights,
  of,
  translated,
  web,
} from "./translate-cases.ts";

holdsToGoldens({ goldens: "azure", cases, content, translate, inputOf });

test("settings come before the code, the code before event subscriptions", () => {
  const resources = translated(cases["events-own-roles"] as Given);
  const byId = new Map(resources.map((resource) => [resource.id, resource]));
  const before = (id: string): string[] => (byId.get(id)?.needs ?? []).flatMap((need) => [need, ...before(need)]);
  expect(before("trigger-up")).toEqual(expect.arrayContaining(["code", "settings", "role-blobs-storage", "app", "plan"]));
});

describe("the app", () => {
  const site = (given: Partial<Given>) =>
    only(translated({ triggers: [web], ...given }), kinds.site).props as {
      readonly properties: {
        readonly serverFarmId: string;
        readonly functionAppConfig: { readonly scaleAndConcurrency: { readonly [key: string]: unknown } };
      };
    };
  const scaleOf = (given: Partial<Given>) => site(given).properties.functionAppConfig.scaleAndConcurrency;

  test("a plan is made when the configuration names none, and taken as it is when it does", () => {
    const kindsOf = (given: Partial<Given>) => translated({ triggers: [web], ...given }).map(({ kind }) => kind);
    expect(kindsOf({})).toContain(kinds.plan);
    expect(kindsOf({ section: { plan: "theirs" } })).not.toContain(kinds.plan);
    expect(site({ section: { plan: "theirs" } }).properties.serverFarmId).toBe(arm("Microsoft.Web/serverfarms/theirs"));
    expect(site({}).properties.serverFarmId).toBe(arm("Microsoft.Web/serverfarms/thumbnail-prod-plan"));
  });

  test("every trigger's function keeps its warm instances; http functions share them", () => {
    const instances = { min: 2 };
    expect(scaleOf({ instances })).toMatchObject({ alwaysReady: [{ name: "http", instanceCount: 2 }] });
    const triggers = everything.slice(0, 2);
    expect(scaleOf({ instances, triggers })["alwaysReady"]).toEqual([
      { name: "function:often", instanceCount: 2 },
      { name: "function:tick", instanceCount: 2 },
    ]);
    expect(scaleOf({ triggers })).toMatchObject({ alwaysReady: [], maximumInstanceCount: 100, triggers: null });
  });

  test("concurrency is one call an instance, or what is asked for", () => {
    expect(scaleOf({})["triggers"]).toEqual({ http: { perInstanceConcurrency: 1 } });
    expect(scaleOf({ concurrency: 16 })["triggers"]).toEqual({ http: { perInstanceConcurrency: 16 } });
  });
});

describe("settings", () => {
  const settingsOf = (given: Partial<Given>) =>
    only(translated({ triggers: [web], ...given }), kinds.settings).props["properties"] as { readonly [name: string]: unknown };

  test("secrets are Key Vault references; without a version the newest one counts", () => {
    const { secrets } = cases["http-full"] as Given;
    expect(settingsOf({ secrets: secrets ?? {} })).toMatchObject({
      API_TOKEN: "@Microsoft.KeyVault(SecretUri=https://acme.vault.azure.net/secrets/api-token/)",
      DB: "@Microsoft.KeyVault(SecretUri=https://acme.vault.azure.net/secrets/db/0123456789abcdef0123456789abcdef)",
    });
  });

  test("no connection has a key: a user-assigned identity is named by its client id, which the app tells", () => {
    const own = settingsOf({ triggers: everything });
    expect(own).toMatchObject({
      AzureWebJobsStorage__accountName: "acme",
      AzureWebJobsStorage__credential: "managedidentity",
      FNPKG_JOBS__queueServiceUri: "https://acme.queue.core.windows.net",
      FNPKG_IN_ORDER__fullyQualifiedNamespace: "acme-bus.servicebus.windows.net",
      FNPKG_ORDERS__fullyQualifiedNamespace: "acme-bus.servicebus.windows.net",
      FNPKG_CLICKS__fullyQualifiedNamespace: "acme-hubs.servicebus.windows.net",
    });
    expect(Object.keys(own).filter((name) => name.endsWith("__clientId"))).toEqual([]);
    expect(JSON.stringify(own)).not.toMatch(/AccountKey|SharedAccessKey/);
    const assigned = settingsOf({ triggers: everything, identity });
    for (const name of Object.keys(assigned).filter((key) => key.endsWith("__credential"))) {
      expect(assigned[name.replace("__credential", "__clientId")], name).toEqual({ "Fn::GetAtt": ["app", "ClientId"] });
    }
  });

  test("a share of the traces is kept, and every line of the log", () => {
    const prefix = "AzureFunctionsJobHost__logging__applicationInsights__samplingSettings__";
    const some = settingsOf({ section: { applicationInsights: insights }, tracing: { enabled: true, sampleRate: 0.25 } });
    expect(some).toMatchObject({ [`${prefix}maxSamplingPercentage`]: "25", [`${prefix}excludedTypes`]: "Trace;Exception" });
    expect(settingsOf({ tracing: { sampleRate: 0.25 } })).not.toHaveProperty(`${prefix}isEnabled`);
  });
});

describe("roles", () => {
  const granted = (given: Partial<Given>) =>
    translated({ triggers: [web], section: { assignRoles: true }, ...given })
      .filter(({ kind }) => kind === kinds.roleAssignment)
      .map(({ id, props }) => ({ id, ...(props as { readonly name: string; readonly scope: string }) }));

  test("are given when asked for, each once", () => {
    expect(translated({ triggers: everything }).some(({ kind }) => kind === kinds.roleAssignment)).toBe(false);
    const all = granted({ triggers: everything });
    // The queue in the host's own account needs none of its own.
    expect(all.map(({ id }) => id)).toEqual([
      "role-blobs-storage",
      "role-queues-storage",
      "role-tables-storage",
      "role-queues-others",
      "role-receiver-in-order",
      "role-receiver-orders",
      "role-records-clicks",
    ]);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { name } of all) expect(name).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test("a topic's is on the subscription", () => {
    const [scope] = granted({ triggers: everything }).filter(({ id }) => id === "role-receiver-orders");
    expect(scope?.scope).toBe(of.topic("orders", "thumbnail").id);
  });

  test("another deployment's have other names", () => {
    const names = (deployment: string) => granted({ deployment }).map(({ name }) => name);
    expect(names("a").filter((name) => names("b").includes(name))).toEqual([]);
  });
});

describe("an event subscription", () => {
  const filterOf = (filter: { prefix?: string; suffix?: string } | undefined) => {
    const triggers = [
      { type: "object-storage", name: "up", source: of.container("photos"), events: ["created"], ...(filter ? { filter } : {}) },
    ] as const;
    const { properties } = only(translated({ triggers }), kinds.eventSubscription).props as {
      readonly properties: { readonly filter: object };
    };
    return properties.filter;
  };

  test("is of one container, whatever others begin with the same name", () => {
    expect(filterOf(undefined)).toEqual({
      includedEventTypes: ["Microsoft.Storage.BlobCreated"],
      subjectBeginsWith: "/blobServices/default/containers/photos/blobs/",
      subjectEndsWith: "",
      isSubjectCaseSensitive: true,
    });
  });

  test("keeps prefix and suffix", () => {
    expect(filterOf({ prefix: "in/", suffix: ".jpg" })).toMatchObject({
      subjectBeginsWith: "/blobServices/default/containers/photos/blobs/in/",
      subjectEndsWith: ".jpg",
    });
  });
});

describe("raw", () => {
  test("reaches what a deployment has, and names it where it doesn't", () => {
    const patch = (raw: NonNullable<Given["raw"]>) => translated({ triggers: [web], raw });
    expect(() => patch({ "Microsoft.EventGrid/eventSubscriptions": {} })).toThrow(/has no Microsoft.EventGrid/);
    expect(() => patch({ "Microsoft.Web/sites": { etag: "1" } })).toThrow(/does not manage etag/);
  });
});

test("marks are read back as they were written; prints of 42 keys fit into one tag", () => {
  const mark = { deployment: "thumbnail-prod", package: "acme/sample", resource: "trigger-up" };
  expect(readMark(markText(mark))).toEqual(mark);
  expect(readMark("Made by hand")).toBeNull();
  const keys = Array.from({ length: 42 }, (_, index) => `key-${index}`);
  const prints = keyPrints(keys);
  expect(prints.length).toBeLessThanOrEqual(256);
  for (const key of keys) expect(isOurKey(key, prints)).toBe(true);
  expect(isOurKey("theirs", prints)).toBe(false);
  expect(Object.keys(markTags).length).toBeLessThanOrEqual(8);
});
