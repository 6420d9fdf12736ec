/**
 * The policy of `permissions` against moto's IAM: it is enough to make, change and destroy a deployment, and without any one of its
 * actions that fails, with the action named.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { bench, type SamplePackage } from "fnpkg/testing";
import type { FnpkgError, JsonObject, Resolved } from "fnpkg/adapter";
import type { Section } from "../../../adapters/aws-lambda/config.ts";
import { adapter } from "../../../adapters/aws-lambda/index.ts";
import { neededBy } from "../../../src/api/permissions.ts";
import { type Exchange, type Moto, startMoto } from "../../emulators/moto.ts";
import { needsTool, tool } from "../../emulators/tools.ts";
import { noModels } from "../../engine/check-models.ts";
import { actionOf, allows, resourceOf } from "../../wire/aws-authorization.ts";
import { violations } from "../../wire/aws-model.ts";
import { statementsIn, type User, userWith, without } from "./moto-user.ts";
import { furnish, table } from "./moto-site.ts";
import { type Life, lives, makeManaged } from "./policy-lives.ts";

/** What no life fails without on moto, and why. A life without all of these succeeds, so none is here that moto could refuse. */
const unenforced: { readonly [action: string]: string } = {
  "apigateway:UntagResource": "moto keeps a stage's first tags for ever, so none is taken away here",
  "apigateway:TagResource":
    "moto keeps a stage's first tags for ever, so none is added later; at creation moto asks for CreateApi alone",
  "ec2:DescribeSecurityGroups": "Lambda asks for it on the caller's behalf, moto does not",
  "ec2:DescribeSubnets": "Lambda asks for it on the caller's behalf, moto does not",
  "ec2:DescribeVpcs": "Lambda asks for it on the caller's behalf, moto does not",
  "iam:PassRole": "moto does not look whether a role may be handed on",
  "lambda:DeleteProvisionedConcurrencyConfig": "moto has no provisioned concurrency; it is answered beside it",
  "lambda:GetProvisionedConcurrencyConfig": "moto has no provisioned concurrency; it is answered beside it",
  "lambda:PutProvisionedConcurrencyConfig": "moto has no provisioned concurrency; it is answered beside it",
  "s3:GetBucketLocation": "the preflight takes no for an answer",
  "s3:GetObject": "Lambda asks for it on the caller's behalf, moto does not",
};

/** Where an action is needed that elsewhere is only a look of the preflight, which takes no for an answer. */
const neededIn: { readonly [action: string]: string } = { "iam:GetRole": "schedule with roles of its own" };

const noMoto = tool("moto_server") === undefined;
const needs = needsTool("moto_server");
const atATime = 4;

type Config = Resolved<Section>;
let moto: Moto;
let stream: string;
let admin: User;

describe.skipIf(noMoto || noModels)(
  `aws-lambda's policy on moto${needs}${noModels ? " (skipped: needs FNPKG_MODELS)" : ""}`,
  () => {
    vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000 });
    const used = new Map<string, Set<string>>();
    const granted = new Map<string, readonly string[]>();

    beforeAll(async () => {
      moto = await startMoto();
      await furnish(moto);
      await makeManaged(moto);
      admin = await userWith(moto, "admin", everything);
      stream = await table(moto, "things");
    });
    afterAll(() => moto.close());

    it("is enough, down to the resources, to make, change and destroy", async () => {
      const made = await prepared(Object.keys(lives).map((name) => ({ name, lacking: [] })));
      await moto.authorize(true);
      const ended = await pooled(made, run);
      expect(ended.flatMap(({ name, failure }) => (failure === undefined ? [] : [`${name}: ${failure.message}`]))).toEqual([]);
      expect(moto.exchanges.flatMap(violations)).toEqual([]);
      for (const { name, documents, users } of made) {
        const mine = moto.exchanges.filter((one) => users.includes(keyOf(one)));
        used.set(name, new Set(mine.flatMap((one) => actionOf(one) ?? [])));
        granted.set(name, [...new Set(documents.flatMap(statementsIn).flatMap(({ Action }) => Action))]);
        const outside = mine.flatMap((one) => {
          const action = actionOf(one);
          const statements = statementsIn(documents[users.indexOf(keyOf(one))] as JsonObject);
          return action === undefined || allows(statements, action, resourceOf(one)) ? [] : [`${action} on ${resourceOf(one)}`];
        });
        expect(outside, name).toEqual([]);
      }
    });

    it("is needed to the last action that moto can refuse, and says which was missing", async () => {
      const all = [...new Set([...granted.values()].flat())].sort();
      const where = all.flatMap((action) => {
        if (unenforced[action] !== undefined) return [];
        const name = neededIn[action] ?? [...used].find(([, actions]) => actions.has(action))?.[0];
        return [{ action, name }];
      });
      expect(where.filter(({ name }) => name === undefined)).toEqual([]);
      const made = await prepared(where.map(({ action, name = "" }) => ({ name, lacking: [action] })));
      await moto.authorize(true);
      const ended = await pooled(made, run);
      const wrong = ended.flatMap(({ name, lacking: [action = ""], users, failure }) => {
        const refused = moto.exchanges.findLast((one) => one.status === 403 && users.includes(keyOf(one)));
        const said = failure?.code === "E_VENDOR" && failure.hint?.includes("`fnpkg permissions`") === true;
        if (said && refused !== undefined && actionOf(refused) === action) return [];
        return [`${name} without ${action}: ${failure?.code} ${failure?.message}`];
      });
      expect(wrong).toEqual([]);
    });

    it("holds nothing unproved that moto could refuse", async () => {
      const made = await prepared(Object.keys(lives).map((name) => ({ name, lacking: Object.keys(unenforced) })));
      await moto.authorize(true);
      const ended = await pooled(made, run);
      expect(ended.flatMap(({ name, failure }) => (failure === undefined ? [] : [`${name}: ${failure.message}`]))).toEqual([]);
      const known = new Set([...granted.values()].flat());
      expect(Object.keys(unenforced).filter((action) => !known.has(action))).toEqual([]);
    });
  },
);

const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: ["*"], Resource: ["*"] }] };

interface Wanted {
  readonly name: string;
  readonly lacking: readonly string[];
}
interface Made extends Wanted {
  readonly life: Life;
  /** Of the first and the second configuration: their documents, users' keys and credentials. */
  readonly documents: readonly JsonObject[];
  readonly users: readonly string[];
  readonly credentials: readonly User[];
}

let count = 0;

/** Users are made while everybody may do everything. */
async function prepared(wanted: readonly Wanted[]): Promise<Made[]> {
  await moto.authorize(false);
  moto.forget();
  return pooled(wanted, async ({ name, lacking }) => {
    const deployment = `life-${count++}`;
    const life = lives[name]?.(moto, deployment, stream) as Life;
    await life.furnish?.();
    const documents = [life.first, life.second].map((config) => documentOf(life.packages[0], config));
    const credentials: User[] = [];
    for (const [index, document] of documents.entries())
      credentials.push(await userWith(moto, `${deployment}-${index}`, without(document, lacking)));
    return { name, lacking, life, documents, credentials, users: credentials.map(({ accessKeyId }) => accessKeyId) };
  });
}

function documentOf(pkg: SamplePackage, config: Config): JsonObject {
  const wanted = adapter.translate({ pkg, config }, { digest: pkg.digest, size: 1, files: 1 });
  return adapter.policy?.({ config, wanted, actions: neededBy(adapter, wanted, false) }).document as JsonObject;
}

/** One life, from the first failure on no more. */
async function run(made: Made): Promise<Made & { readonly failure?: FnpkgError }> {
  const { life, credentials } = made;
  const [before, after] = [await benchOf(life, 0, credentials[0]), await benchOf(life, 1, credentials[1])];
  try {
    const first = await before.deploy(life.first);
    if (first.failure !== undefined) return { ...made, failure: first.failure };
    await life.meddle?.(admin);
    const second = await after.deploy(life.second);
    if (second.failure !== undefined) return { ...made, failure: second.failure };
    const { failure } = await after.destroy();
    return failure === undefined ? made : { ...made, failure };
  } finally {
    await before.close();
    await after.close();
  }
}

/** The deployment in the hands of one user. */
async function benchOf({ packages, first, second }: Life, index: 0 | 1, credentials: User | undefined) {
  const theirs: typeof adapter = { ...adapter, connect: (where, cx) => adapter.connect(where, { ...cx, credentials }) };
  const config = index === 0 ? first : second;
  return bench({
    name: "aws-lambda",
    open: async () => ({ adapter: theirs, foreign: async () => undefined }),
    pkg: packages[index],
    config,
    changed: config,
    fewer: config,
    secrets: [],
  });
}

function keyOf({ headers }: Exchange): string {
  return /Credential=([^/]+)\//.exec(headers["authorization"] ?? "")?.[1] ?? "";
}

async function pooled<In, Out>(items: readonly In[], work: (item: In) => Promise<Out>): Promise<Out[]> {
  const out: Out[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) out[index] = await work(item);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return out;
}
