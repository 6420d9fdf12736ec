import { expect, test } from "vitest";
import { config } from "../../../adapters/azure-functions/config.ts";

const least = {
  subscription: "00000000-0000-0000-0000-000000000000",
  resourceGroup: "acme",
  region: "westeurope",
  storage: { account: "acme", container: "packages" },
};

test("where it goes and where its state lies are enough; the rest has defaults", () => {
  expect(config.parse(least)).toEqual({
    ...least,
    storage: { ...least.storage, keepPackages: 0 },
    assignRoles: false,
  });
});

test.each([
  [{ ...least, app: "acme-thumbs", plan: "acme-plan", assignRoles: true }],
  [{ ...least, resourceGroup: "my_Group.1(a)" }],
  [{ ...least, scmEndpoint: "https://acme.scm.azurewebsites.net" }],
  [{ ...least, scmEndpoint: "http://127.0.0.1:8080/scm" }],
  [{ ...least, scmEndpoint: "http://localhost:1" }],
  [{ ...least, scmEndpoint: "http://[::1]:8080" }],
  [{ ...least, applicationInsights: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/components/acme" }],
])("%j is taken", (section) => {
  expect(config.safeParse(section).success).toBe(true);
});

test.each([
  ["subscription", { ...least, subscription: "s" }],
  ["resourceGroup", { ...least, resourceGroup: "acme." }],
  ["resourceGroup", { ...least, resourceGroup: "g".repeat(91) }],
  ["region", { ...least, region: "West Europe" }],
  ["app", { ...least, app: "-acme" }],
  ["app", { ...least, app: "a".repeat(61) }],
  ["plan", { ...least, plan: "a_b" }],
  ["storage", { ...least, storage: undefined }],
  ["storage.account", { ...least, storage: { account: "Acme", container: "packages" } }],
  ["storage.container", { ...least, storage: { account: "acme", container: "a--b" } }],
  ["scmEndpoint", { ...least, scmEndpoint: "http://acme.scm.azurewebsites.net" }],
  ["scmEndpoint", { ...least, scmEndpoint: "http://127.0.0.1.example.com" }],
  ["scmEndpoint", { ...least, scmEndpoint: "http://localhost@example.com" }],
  ["scmEndpoint", { ...least, scmEndpoint: "ftp://localhost" }],
  ["applicationInsights", { ...least, applicationInsights: "InstrumentationKey=0" }],
  ["", { ...least, sku: "FC1" }],
])("%s is refused in %j", (path, section) => {
  const { error } = config.safeParse(section);
  expect(error?.issues.map((issue) => issue.path.join("."))).toEqual([path]);
});
