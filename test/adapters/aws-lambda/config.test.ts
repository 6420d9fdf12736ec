import { expect, test } from "vitest";
import { config } from "../../../adapters/aws-lambda/config.ts";

test("a region is enough; the rest has defaults", () => {
  expect(config.parse({ region: "eu-west-1" })).toEqual({
    region: "eu-west-1",
    http: "function-url",
    alias: "live",
    createRole: false,
    keepVersions: 5,
  });
});

test.each([
  [{ region: "us-gov-west-1" }],
  [{ region: "us-iso-east-1" }],
  [{ region: "eusc-de-east-1" }],
  [{ region: "eu-west-1", account: "123456789012", http: "api-gateway", uploads: { bucket: "acme-uploads", prefix: "fnpkg/" } }],
  [
    {
      region: "eu-west-1",
      alias: "v1",
      createRole: true,
      schedulerRole: "arn:aws-cn:iam::123456789012:role/path/tick",
      keepVersions: 1,
    },
  ],
])("%j is taken", (section) => {
  expect(config.safeParse(section).success).toBe(true);
});

test.each([
  ["", {}],
  ["region", { region: "europe" }],
  ["region", { region: "eu-west-1a" }],
  ["account", { region: "eu-west-1", account: "12345" }],
  ["http", { region: "eu-west-1", http: "alb" }],
  ["uploads.bucket", { region: "eu-west-1", uploads: { bucket: "Acme" } }],
  ["alias", { region: "eu-west-1", alias: "12" }],
  ["alias", { region: "eu-west-1", alias: "a".repeat(129) }],
  ["schedulerRole", { region: "eu-west-1", schedulerRole: "tick" }],
  ["keepVersions", { region: "eu-west-1", keepVersions: 0 }],
  ["", { region: "eu-west-1", keepVersion: 3 }],
])("%s is refused in %j", (path, section) => {
  const { error } = config.safeParse(section);
  expect(error?.issues.length).toBe(1);
  expect(error?.issues[0]?.path.join(".")).toBe(path === "" && !("region" in section) ? "region" : path);
});
