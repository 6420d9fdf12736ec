/** The role that a deployer is told to have suffices, and holds nothing that isn't asked for. */
import { afterEach, describe, expect, it } from "vitest";
import { type Door, openDoor } from "./door.ts";
import { account, topicName } from "./google-site.ts";

const opened: Door[] = [];
afterEach(async () => void (await Promise.all(opened.splice(0).map((one) => one.close()))));

const events = {
  signature: "{ type: cloudevent, events: [{ type: dev.fnpkg.message.received.v1 }, { type: dev.fnpkg.schedule.fired.v1 }] }",
  code: "export default async () => undefined;\n",
  section: { createTopics: true },
  config: {
    resources: {
      fresh: { "google-cloud-functions": topicName("fresh") },
      dead: { "google-cloud-functions": topicName("dead") },
    },
    triggers: [
      { name: "fresh", type: "queue", source: "fresh", retry: { attempts: 5, deadLetter: "dead" } },
      { name: "tick", type: "schedule", cron: "0 7 * * *" },
    ],
  } as never,
};
const web = {
  config: { triggers: [{ name: "web", type: "http", auth: "identity", callers: [`serviceAccount:${account}`] }] } as never,
};

/** Everything that a deployer does: makes, changes, repairs, takes down; `role` is what they may. */
async function life(given: Parameters<typeof openDoor>[0], role: readonly string[] | undefined): Promise<Set<string>> {
  const on = await openDoor(given);
  opened.push(on);
  const { world } = on;
  world.granted = role === undefined ? undefined : new Set(role);
  world.failures.push({ at: "SERVICE", code: 8, message: "Quota exceeded." });
  await on.deploy();
  for (const job of world.jobs.values()) job["state"] = "PAUSED";
  for (const job of world.jobs.values()) job["timeZone"] = "Europe/Paris";
  on.edit({ config: { ...(given?.config as object), memory: "1Gi", tags: { team: "a" } } });
  await on.deploy();
  // Someone goes back, with permissions of their own.
  const mine = world.granted;
  world.granted = undefined;
  const before = new Set(world.used);
  await on.rollback();
  world.used.clear();
  for (const one of before) world.used.add(one);
  world.granted = mine;
  await on.status();
  await on.deploy();
  await on.destroy();
  expect(world.functions.size).toBe(0);
  return world.used;
}

describe.each([
  ["http", web],
  ["events and schedules", events],
])("a deployer of %s", (_, given) => {
  it("needs exactly the role that is printed", async () => {
    const on = await openDoor(given);
    opened.push(on);
    const { policy, actions } = await on.permissions();
    expect(policy).toEqual({
      title: "fnpkg thumbnail",
      description: "Deploys thumbnail to Google Cloud Functions in europe-west1",
      stage: "GA",
      includedPermissions: actions,
    });
    const used = await life(given, actions);
    expect([...used].sort()).toEqual(actions);
  });

  it("is refused as soon as one of them lacks", async () => {
    const on = await openDoor(given);
    opened.push(on);
    const { actions } = await on.permissions();
    // What the preflight may not read is left to the deploy.
    const looked = new Set(["cloudfunctions.runtimes.list", "iam.serviceAccounts.get"]);
    for (const missing of actions.filter((action) => !looked.has(action))) {
      const role = actions.filter((action) => action !== missing);
      await expect(life(given, role), missing).rejects.toMatchObject({
        code: expect.stringMatching(/^E_(VENDOR|RESOURCE)$/) as unknown,
      });
    }
  });
});

it("operations are asked for on their own", async () => {
  const on = await openDoor(web);
  opened.push(on);
  const { actions } = await on.permissions();
  const more = (await on.permissions(true)).actions.filter((action) => !actions.includes(action));
  expect(more).toEqual([
    "cloudfunctions.functions.list",
    "iam.serviceAccounts.getOpenIdToken",
    "logging.logEntries.list",
    "run.revisions.list",
    "run.routes.invoke",
  ]);
});
