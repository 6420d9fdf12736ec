/** A deployment's life on ministack, as its callers see it: starts, changes, rollbacks, the end. */
import { DescribeLogGroupsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { ListRolesCommand } from "@aws-sdk/client-iam";
import { GetFunctionCommand, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { account, region } from "../../emulators/ministack.ts";
import { needsTool, tool } from "../../emulators/tools.ts";
import { call, fetched, invoked, says } from "./ministack-call.ts";
import { type Site, startSite } from "./ministack-site.ts";

let site: Site;

/** Secrets and parameters have no client here: fnpkg never calls them. */
async function made(service: "secretsmanager" | "ssm", action: string, body: object): Promise<Record<string, unknown>> {
  const answer = await fetch(site.endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `${service === "ssm" ? "AmazonSSM" : service}.${action}`,
      authorization: `AWS4-HMAC-SHA256 Credential=${account}/20261122/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${action}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
}

describe.skipIf(tool("ministack") === undefined)(`a deployment's life on ministack${needsTool("ministack")}`, () => {
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site.close());

  it("serves what was deployed last, what a rollback brings back, and nothing after destroy", async () => {
    const { iam, lambda, logs } = site.clients;
    const seen = async () => {
      const [functions, roles, groups] = await Promise.all([
        lambda.send(new ListFunctionsCommand({})),
        iam.send(new ListRolesCommand({})),
        logs.send(new DescribeLogGroupsCommand({})),
      ]);
      return [
        functions.Functions?.map(({ FunctionName: name }) => name),
        roles.Roles?.map(({ RoleName: name }) => name),
        groups.logGroups?.map(({ logGroupName: name }) => name),
      ];
    };
    const before = await seen();
    const fn = await site.function("moved", says("one"));
    const first = await fn.deploy();
    const text = async () => (await invoked(fn, call("GET", "/"))).body.toString();
    expect(await text()).toBe("one");
    expect(await fn.deploy()).toEqual(first);
    expect(await fn.versions()).toMatchObject([{ version: "1", traffic: 1 }]);

    fn.edit(says("two"));
    const second = await fn.deploy();
    expect(second.url).toBe(first.url);
    expect(second.packageDigest).not.toBe(first.packageDigest);
    expect(await text()).toBe("two");
    expect(await fn.rollback()).toMatchObject({ packageDigest: first.packageDigest, url: first.url });
    expect(await text()).toBe("one");
    expect(await fn.versions()).toMatchObject([
      { version: "2", traffic: 0 },
      { version: "1", traffic: 1 },
    ]);
    expect(await fn.deploy()).toMatchObject({ packageDigest: second.packageDigest });
    expect(await text()).toBe("two");
    expect(await fn.status()).toMatchObject({ state: "ready", drift: [] });

    expect(await fn.destroy(true)).toMatchObject({ resources: [] });
    expect(await seen()).toEqual(before);
    expect(await fetched(site.endpoint, String(first.url), call("GET", "/"))).toMatchObject({ status: 404 });
    await expect(fn.invoke(call("GET", "/"))).rejects.toMatchObject({ code: "E_NOT_DEPLOYED" });
  });

  it("reads secrets when it starts, as the role that was made for it", async () => {
    const secrets = await Promise.all(
      ["one", "two"].map((name) =>
        made("secretsmanager", "CreateSecret", { Name: name, SecretString: `{"token":"s3cret ${name}"}` }),
      ),
    );
    const [one, two] = secrets.map(({ ARN: id }) => ({ "aws-lambda": String(id) }));
    if (one === undefined || two === undefined) throw new Error("no secrets");
    const fn = await site.function("secretive", {
      ...says(""),
      code: `
        const atLoad = process.env.ONE;
        export default (_, { env, log }) => (log.info("read"), { body: [atLoad, env.ONE, env.TWO].join() });`,
      requires: "{ env: [{ name: ONE, secret: true }, { name: TWO, secret: true }] }",
      config: {
        ...says("").config,
        secrets: { ONE: { secret: "one", key: "token" }, TWO: { secret: "two", version: "AWSCURRENT" } },
        resources: { one, two },
      },
    });
    await fn.deploy();
    expect((await invoked(fn, call("GET", "/"))).body.toString()).toBe('s3cret one,s3cret one,{"token":"s3cret two"}');
    const { Configuration: found, Tags: tags } = await site.clients.lambda.send(
      new GetFunctionCommand({ FunctionName: fn.name }),
    );
    expect(JSON.stringify([found, tags, await fn.logged(), await fn.status()])).not.toContain("s3cret");
  });

  it("answers 502 while the module can't be loaded", async () => {
    const fn = await site.function("broken", { ...says(""), code: 'throw new Error("at load"); export default () => {};' });
    const { url } = await fn.deploy();
    const answer = await fetched(site.endpoint, String(url), call("GET", "/"));
    expect(answer.status).toBe(502);
    expect(answer.body.toString()).toContain("at load");
  });
});
