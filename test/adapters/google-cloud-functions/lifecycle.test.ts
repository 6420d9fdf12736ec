/** A function's whole life at the public door. */
import { afterEach, describe, expect, it } from "vitest";
import type { WireCall, WireFault } from "fnpkg/testing";
import { mapOf } from "../../../src/testing/simulators/google/world.ts";
import { type Door, openDoor, writesOf } from "./door.ts";
import { account, functionName, serviceName, topicName } from "./google-site.ts";

const opened: Door[] = [];
async function door(...given: Parameters<typeof openDoor>): Promise<Door> {
  const one = await openDoor(...given);
  opened.push(one);
  return one;
}
afterEach(async () => void (await Promise.all(opened.splice(0).map((one) => one.close()))));

const live = (on: Door) => mapOf(on.world.functions.get(functionName));
/** Each call by its name, once: a fault, or what comes between. Answers what didn't come yet. */
function failOnce(on: Door, faults: { readonly [name: string]: WireFault | (() => void) }): () => string[] {
  const left = new Map(Object.entries(faults));
  on.google.faults = ({ name }: WireCall) => {
    const fault = left.get(name);
    left.delete(name);
    if (typeof fault !== "function") return fault;
    fault();
    return undefined;
  };
  return () => [...left.keys()];
}
const labels = (on: Door) => mapOf(live(on)["labels"]);

describe("a function that answers http", () => {
  it("is made, changed, seen to drift, repaired and destroyed", async () => {
    const on = await door({ config: { memory: "256Mi", tags: { team: "media" } } });
    const { world } = on;
    world.lags = { build: 200 };
    const { receipt, told } = await on.deploy();
    world.lags = {};
    expect(receipt.url).toBe(on.address());
    expect(receipt.resources.map(({ id }) => id)).toEqual(["function", "service", "invokers"]);
    expect(live(on)).toMatchObject({
      state: "ACTIVE",
      buildConfig: { runtime: "nodejs24", entryPoint: "fnpkg" },
      serviceConfig: { availableMemory: "256Mi", serviceAccountEmail: account },
    });
    expect(labels(on)).toMatchObject({ team: "media", "fnpkg-deployment": "thumbnail", "fnpkg-package": "acme_sthumbnail" });
    expect(world.policies.get(serviceName)?.bindings).toEqual([{ role: "roles/run.invoker", members: ["allUsers"] }]);
    expect(told.some((event) => event.event === "progress" && event.message.includes("build of"))).toBe(true);

    // The same again: reads alone, nothing built.
    const first = on.google.exchanges.length;
    expect((await on.deploy()).told.map(({ event }) => event)).toContain("unchanged");
    expect(writesOf(on.google.exchanges.slice(first))).toEqual([]);

    // A setting: one change with exactly what differs, and no code is sent.
    on.edit({ config: { memory: "512Mi", tags: { team: "media" } } });
    await on.deploy();
    const later = on.google.exchanges.slice(first);
    const patch = later.find(({ name }) => name === "functions.patch");
    expect(new URLSearchParams(patch?.search).get("updateMask")?.split(",")).toEqual([
      "labels",
      "serviceConfig.allTrafficOnLatestRevision",
      "serviceConfig.availableCpu",
      "serviceConfig.availableMemory",
      "serviceConfig.environmentVariables",
    ]);
    expect(writesOf(later)).not.toContain("POST functions:generateUploadUrl");

    // Someone else's labels and bindings stay.
    Object.assign(labels(on), { "goog-other": "1" });
    const policy = world.policies.get(serviceName);
    world.policies.set(serviceName, {
      ...policy,
      etag: "other",
      bindings: [...(policy?.bindings ?? []), { role: "roles/run.viewer", members: ["user:a@example.com"] }],
    });
    Object.assign(mapOf(live(on)["serviceConfig"]), { timeoutSeconds: 300 });
    expect((await on.status()).drift.map(({ path }) => path)).toEqual([]);
    const { plan } = await on.plan();
    expect(plan.steps.filter(({ action }) => action !== "keep").map(({ action, id }) => `${action} ${id}`)).toEqual([
      "update function",
      "update service",
    ]);
    on.edit({ code: "export default async () => new Response('again');\n" });
    await on.deploy();
    expect(mapOf(live(on)["serviceConfig"])).toMatchObject({ timeoutSeconds: 30 });
    expect(labels(on)).toMatchObject({ "goog-other": "1", team: "media" });
    expect(world.policies.get(serviceName)?.bindings).toContainEqual({
      role: "roles/run.viewer",
      members: ["user:a@example.com"],
    });

    await on.destroy();
    expect([world.functions.size, world.services.size, world.jobs.size]).toEqual([0, 0, 0]);
    await on.destroy();
    await expect(on.invoke({ type: "http", method: "GET", path: "/", headers: [], body: undefined })).rejects.toMatchObject({
      code: "E_NOT_DEPLOYED",
    });
  });

  it("takes away a caller that is not wanted any more", async () => {
    const callers = [`serviceAccount:${account}`, "user:a@example.com"];
    const web = { name: "web", type: "http", auth: "identity" } as const;
    const on = await door({ config: { triggers: [{ ...web, callers }] } });
    await on.deploy();
    const members = () => on.world.policies.get(serviceName)?.bindings.flatMap((binding) => binding.members);
    expect(members()).toEqual(callers);
    on.edit({ config: { triggers: [{ ...web, callers: callers.slice(0, 1) }] } });
    await on.deploy();
    expect(members()).toEqual(callers.slice(0, 1));
  });
});

describe("a function that takes events and schedules", () => {
  const config = {
    resources: {
      orders: { "google-cloud-functions": topicName("orders") },
      fresh: { "google-cloud-functions": topicName("fresh") },
      dead: { "google-cloud-functions": topicName("dead") },
    },
    triggers: [
      { name: "orders", type: "queue", source: "fresh", retry: { attempts: 5, deadLetter: "dead" } },
      { name: "tick", type: "schedule", cron: "0 7 * * *", timezone: "Europe/Berlin" },
    ],
  } as never;
  const signature =
    "{ type: cloudevent, events: [{ type: dev.fnpkg.message.received.v1 }, { type: dev.fnpkg.schedule.fired.v1 }] }";
  const code = "export default async () => undefined;\n";

  it("gets its topic, its job and its dead letters, and leaves none of them", async () => {
    const on = await door({ signature, code, config, section: { createTopics: true } });
    const { world } = on;
    await on.deploy();
    expect([...world.topics.keys()].sort()).toEqual(["dead", "fresh", "orders"].map(topicName));
    expect([...world.jobs.values()]).toMatchObject([
      {
        schedule: "0 7 * * *",
        timeZone: "Europe/Berlin",
        description: "fnpkg:thumbnail:acme/thumbnail:trigger-tick",
        state: "ENABLED",
      },
    ]);
    expect([...world.subscriptions.values()]).toMatchObject([{ deadLetterPolicy: { deadLetterTopic: topicName("dead") } }]);

    // A job that was paused and changed by hand is put right; one that is not wanted goes.
    for (const job of world.jobs.values()) Object.assign(job, { state: "PAUSED", timeZone: "UTC" });
    await on.deploy();
    expect([...world.jobs.values()]).toMatchObject([{ state: "ENABLED", timeZone: "Europe/Berlin" }]);
    const { triggers, ...rest } = config as { triggers: object[] };
    on.edit({ config: { ...rest, triggers: [{ ...triggers[0], retry: {} }] } as never });
    await on.deploy();
    expect(world.jobs.size).toBe(0);
    expect([...world.subscriptions.values()][0]?.["deadLetterPolicy"]).toBeUndefined();

    await on.destroy();
    expect([...world.topics.keys()].sort()).toEqual(["dead", "orders"].map(topicName));
    expect([world.functions.size, world.subscriptions.size, world.triggers.size]).toEqual([0, 0, 0]);
  });

  it("is not turned into one that answers http without being told", async () => {
    const on = await door({ signature, code, config, section: { createTopics: true } });
    await on.deploy();
    const { triggers, ...rest } = config as { triggers: object[] };
    on.edit({ config: { ...rest, triggers: triggers.slice(1) } as never });
    await expect(on.deploy()).rejects.toMatchObject({ code: "E_REPLACE" });
    expect(live(on)).toHaveProperty("eventTrigger");
  });
});

describe("what goes wrong", () => {
  it("a build that fails is shown with its log, and the next deploy sends the code again", async () => {
    const on = await door();
    const { world } = on;
    await on.deploy();
    world.failures.push({ at: "BUILD", code: 3, message: "Build failed with status: FAILURE and message: npm exited with 1." });
    world.buildLog.push("line 1", "line 2");
    on.edit({ code: "export default async () => new Response('broken');\n" });
    const failed = await on.deploy().catch((cause: unknown) => cause);
    expect(failed).toMatchObject({
      code: "E_VENDOR",
      message: expect.stringMatching(/the build failed: Build failed with status: FAILURE[\s\S]*line 1\n {2}line 2$/) as unknown,
      hint: expect.stringContaining("https://console.cloud.google.com/cloud-build/builds/") as unknown,
    });
    expect(live(on)["state"]).toBe("FAILED");
    expect((await on.status()).state).toMatch(/^FAILED/);
    await on.deploy();
    expect(live(on)["state"]).toBe("ACTIVE");
  });

  it("a function that never came to serve is made again", async () => {
    const on = await door();
    on.world.failures.push({
      at: "SERVICE",
      code: 8,
      message: "Quota exceeded for total allowable CPU per project per region.",
    });
    await on.deploy();
    expect(live(on)["state"]).toBe("ACTIVE");
    expect(writesOf(on.google.exchanges).filter((write) => write.startsWith("DELETE"))).toEqual(["DELETE thumbnail"]);
  });

  it("permissions that Google is still making known are waited for", async () => {
    const on = await door();
    const message =
      "Validation failed for trigger: If you recently started to use Eventarc, it may take a few minutes before all necessary permissions are propagated to the Service Agent.";
    on.world.failures.push({ at: "TRIGGER", code: 9, message }, { at: "TRIGGER", code: 9, message });
    await on.deploy();
    expect(live(on)["state"]).toBe("ACTIVE");
  });

  it("what passes by is tried again: 429 with its delay, 503, 409, a lost answer, a policy that someone else changed", async () => {
    const on = await door();
    const { world } = on;
    const left = failOnce(on, {
      "functions.create": { kind: "throttled", afterMs: 50 },
      "functions.generateUploadUrl": { kind: "unavailable" },
      "objects.upload": { kind: "lost" },
      "operations.get": { kind: "unavailable" },
      "services.setIamPolicy": () => {
        const policy = world.policies.get(serviceName);
        if (policy !== undefined) world.policies.set(serviceName, { ...policy, etag: "another" });
      },
    });
    await on.deploy();
    expect(left()).toEqual([]);
    world.lags = { policy: 300 };
    on.edit({
      config: { memory: "1Gi", triggers: [{ name: "web", type: "http", auth: "identity", callers: ["user:a@example.com"] }] },
    });
    const still = failOnce(on, {
      // Someone else's change of it goes on.
      "functions.patch": () => {
        const operation = { name: "theirs", target: functionName, stages: [], created: "", ends: Date.now() + 300 };
        world.operations.set("theirs", { ...operation, work: { kind: "refuse", code: 1, message: "cancelled" } });
        world.pending.push("theirs");
      },
    });
    await on.deploy();
    expect(still()).toEqual([]);
    const refused = on.google.exchanges.filter(({ name, status }) => name === "functions.patch" && status === 409);
    expect(refused.length).toBeGreaterThan(0);
    expect(mapOf(live(on)["serviceConfig"])["availableMemory"]).toBe("1024Mi");
    expect(world.functions.size).toBe(1);
  });

  it("keeps what others labelled while the code was on its way", async () => {
    const on = await door();
    await on.deploy();
    on.edit({ code: "export default async () => new Response('again');\n" });
    const left = failOnce(on, { "objects.upload": () => void Object.assign(labels(on), { "goog-other": "1" }) });
    await on.deploy();
    expect(left()).toEqual([]);
    expect(labels(on)).toMatchObject({ "goog-other": "1", "fnpkg-deployment": "thumbnail" });
  });

  it.each([
    [
      "a wrong token",
      (on: Door) => on.edit({ credentials: { getAccessToken: async () => "ya29.wrong-token" } }),
      /invalid authentication/,
    ],
    ["an API that is off", (on: Door) => on.world.disabled.add("cloudfunctions.googleapis.com"), /not been used in project/],
    ["a permission that lacks", (on: Door) => (on.world.granted = new Set(["cloudfunctions.functions.list"])), /Permission '/],
  ])("%s is said at once, with what to do", async (_, break_, message) => {
    const on = await door();
    break_(on);
    const failed = (await on.deploy().catch((cause: unknown) => cause)) as { message: string; hint: string; code: string };
    expect(failed).toMatchObject({ code: "E_VENDOR", message: expect.stringMatching(message) as unknown });
    expect(failed.hint).toMatch(/gcloud|fnpkg permissions/);
    expect(JSON.stringify(failed)).not.toContain("ya29");
  });

  it("what only the network knows is told before anything is written", async () => {
    const on = await door({ section: { buildServiceAccount: "nobody@acme-project.iam.gserviceaccount.com" } });
    on.world.runtimes.splice(0, 9, "nodejs20");
    const failed = (await on.deploy().catch((cause: unknown) => cause)) as { problems: { code: string; pointer: string }[] };
    expect(failed.problems.map(({ code, pointer }) => `${code} ${pointer}`)).toEqual([
      "E_TARGET_LIMIT /targets/google-cloud-functions/runtime",
      "E_RESOURCE /targets/google-cloud-functions/buildServiceAccount",
    ]);
    expect(writesOf(on.google.exchanges)).toEqual([]);
  });

  it("a region that Google has not is named", async () => {
    const on = await door({ section: { region: "europe-west99" } });
    const failed = (await on.deploy().catch((cause: unknown) => cause)) as { problems: { code: string; pointer: string }[] };
    expect(failed.problems).toMatchObject([{ code: "E_TARGET", pointer: "/targets/google-cloud-functions/region" }]);
  });

  it("secrets are nowhere in what the library tells, the signed address among them", async () => {
    const on = await door({ config: { env: { WORD: "correct-horse-battery" } } });
    failOnce(on, { "objects.upload": () => on.world.uploads.clear() });
    const failed: unknown = await on.deploy().catch((cause: unknown) => cause);
    expect(failed).toMatchObject({ code: "E_VENDOR" });
    const { receipt } = await on.deploy();
    const shown = JSON.stringify([
      failed,
      String((failed as Error).stack),
      on.events,
      receipt,
      await on.status(),
      await on.plan(),
    ]);
    for (const secret of ["correct-horse-battery", "ya29", "X-Goog-Signature", "signed-"]) expect(shown).not.toContain(secret);
  });
});
