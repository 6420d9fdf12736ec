import { expect, test } from "vitest";
import { config } from "../../../adapters/google-cloud-functions/config.ts";

const least = { project: "my-project", region: "europe-west1" };

test("project and region are enough; the rest has defaults", () => {
  expect(config.parse(least)).toEqual({ ...least, createTopics: false });
});

test.each([
  [{ project: "acme.com:my-project", region: "us-central1" }],
  [{ ...least, buildServiceAccount: "build@my-project.iam.gserviceaccount.com", build: "remote", createTopics: true }],
  [{ ...least, triggerServiceAccount: "123-compute@developer.gserviceaccount.com", build: "vendored" }],
])("%j is taken", (section) => {
  expect(config.safeParse(section).success).toBe(true);
});

test.each([
  ["project", { region: "europe-west1" }],
  ["project", { ...least, project: "123456789" }],
  ["project", { ...least, project: "short" }],
  ["region", { ...least, region: "eu-west-1" }],
  ["buildServiceAccount", { ...least, buildServiceAccount: "projects/p/serviceAccounts/x" }],
  ["triggerServiceAccount", { ...least, triggerServiceAccount: "me@example.com" }],
  ["build", { ...least, build: "local" }],
  ["", { ...least, topics: true }],
])("%s is refused in %j", (path, section) => {
  const { error } = config.safeParse(section);
  expect(error?.issues.map((issue) => issue.path.join("."))).toEqual([path]);
});
