/** Credentials that a script hands in: they work where the environment has none, and are seen nowhere. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { deploy, deployAll, destroy, FnpkgError, list, permissions, plan, status } from "../../src/index.ts";
import { furnish } from "../adapters/aws-lambda/moto-site.ts";
import { createPolicy, userWith, type User } from "../adapters/aws-lambda/moto-user.ts";
import { packSample } from "../cli/samples.ts";
import { inSite, type Site } from "../cli/support.ts";
import { type Moto, startMoto } from "../emulators/moto.ts";
import { needsTool, tool } from "../emulators/tools.ts";

const role = "arn:aws:iam::123456789012:role/thumbnail";

describe("credentials that are none", () => {
  const options = (site: Site, target: string) => ({
    package: `${site.folder}/app.fnpkg`,
    config: `${site.folder}/app.yaml`,
    target,
  });
  const sample = { config: `identity: { aws-lambda: "${role}" }\ntargets: { local: {}, aws-lambda: { region: eu-west-1 } }` };

  it.each<[string, string, unknown, RegExp]>([
    ["a text", "aws-lambda", "AKIDSECRET-shown-nowhere", /credentials given can't be used$/],
    ["half of the keys", "aws-lambda", { accessKeyId: "AKIDSECRET", secretAccessKey: 3 }, /: secretAccessKey$/],
    [
      "a function that answers nothing",
      "aws-lambda",
      () => Promise.resolve({}),
      /function answers can't be used: accessKeyId, secretAccessKey/,
    ],
    ["any, where there is nobody to show them to", "local", { token: "AKIDSECRET-shown-nowhere" }, /takes no credentials/],
  ])("%s", (_, target, credentials, message) =>
    inSite(async (site) => {
      await packSample(site, sample);
      const failure = await deploy({ ...options(site, target), credentials }).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(FnpkgError);
      expect(failure).toMatchObject({ code: "E_USAGE" });
      expect((failure as FnpkgError).message).toMatch(message);
      expect(JSON.stringify(failure)).not.toContain("AKIDSECRET");
    }),
  );
});

describe.skipIf(tool("moto_server") === undefined)(`credentials on moto${needsTool("moto_server")}`, () => {
  vi.setConfig({ testTimeout: 200_000, hookTimeout: 120_000 });
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
    await furnish(moto);
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"])
      vi.stubEnv(name, undefined);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await moto.close();
  });

  it("of a user with the printed policy deploy and destroy, and stand in no answer", () =>
    inSite(async (site) => {
      const target = "aws-lambda";
      await packSample(site, {
        config: `identity: { aws-lambda: "${role}" }\ntargets: { aws-lambda: { region: eu-west-1, endpoint: "${moto.endpoint}" } }`,
      });
      const where = { config: `${site.folder}/app.yaml`, target };
      const options = { ...where, package: `${site.folder}/app.fnpkg`, cache: `${site.folder}/cache` };
      const printed = await site.fnpkg(["permissions", "app.fnpkg", "--config", "app.yaml", "--target", target]);
      await createPolicy(moto, "deployer", printed.stdout);
      const report = await permissions({ ...options, operations: true });
      expect(JSON.parse(printed.stdout)).toEqual((await permissions(options)).policy);
      expect(await site.json(["permissions", "app.fnpkg", "--config", "app.yaml", "--target", target, "--operations"])).toEqual(
        report,
      );
      const user: User = await userWith(moto, "deployer", report.policy ?? {});
      await moto.authorize(true);

      const events: unknown[] = [];
      const credentials = async () => Promise.resolve(user);
      const seen: unknown[] = [
        await plan({ ...options, credentials: user }),
        await deploy({ ...options, credentials, onEvent: (event) => events.push(event) }),
        events,
        await status({ ...where, credentials: user }),
        await list({ ...where, credentials: user }),
        await deployAll({ tasks: [options], credentials: { [target]: user }, cache: options.cache }),
      ];
      expect(seen.at(-1)).toMatchObject({ results: [{ changed: false }] });
      const wrong = { ...user, secretAccessKey: "wrong-and-shown-nowhere" };
      const refused = await deploy({ ...options, credentials: wrong }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: "E_VENDOR" });
      seen.push(refused, await destroy({ ...where, credentials: user }));
      for (const one of seen) {
        expect(JSON.stringify(one)).not.toContain(user.secretAccessKey);
        expect(JSON.stringify(one)).not.toContain(wrong.secretAccessKey);
      }
    }));
});
