/** The simulated vendors, each with what a deployment needs there and with what others have beside it. */
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { awsSimulator, azureSimulator, googleSimulator, seededRandom, type Simulator, type Vendor } from "fnpkg/testing";
import type { Cloud } from "./cloud-world.ts";
import { secrets } from "./site.ts";

const project = "acme-project";
const region = "europe-west1";

process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

const tick = { name: "tick", type: "schedule", cron: "0 3 * * *", data: { mode: "full" } };
const tock = { name: "tock", type: "schedule", every: "5m" };
const jobs = { name: "jobs", type: "queue", source: "jobs" };
const common = { memory: "2048Mi", runtime: "22" };

/** A few changes by others before anything of ours is there. */
function withOthers<V extends Vendor>(sim: Simulator<V>): Simulator<V> {
  const random = seededRandom(7);
  for (let times = 0; times < 4; times++) sim.vendor.disturb(random);
  return sim;
}

export function google(): Cloud {
  const sim = googleSimulator({ project, region, limited: false, lags: { build: 60, service: 30, trigger: 30, delete: 30 } });
  const { world } = sim.vendor;
  const account = `orders@${project}.iam.gserviceaccount.com`;
  const topic = (name: string) => `projects/${project}/topics/${name}`;
  world.accounts.set(account, { actAs: true });
  world.topics.set(topic("dead"), { name: topic("dead") });
  const queue = (attempts: number) => ({ ...jobs, retry: { attempts, deadLetter: "dead" } });
  return {
    target: "google-cloud-functions",
    sim: withOthers(sim),
    settings: (endpoint) => ({
      targets: { "google-cloud-functions": { project, region, endpoint, createTopics: true } },
      triggers: { first: [queue(5), tick], second: [queue(6), tock] },
      resources: {
        jobs: { "google-cloud-functions": topic("jobs") },
        dead: { "google-cloud-functions": topic("dead") },
      },
      more: { ...common, identity: { "google-cloud-functions": account } },
    }),
  };
}

export function azure(): Cloud {
  const subscription = "11111111-1111-1111-1111-111111111111";
  const lags = { plan: 30, site: 30, publish: 40, sync: 20, keys: 20, principal: 30, role: 30, eventGrid: 30, delete: 20 };
  const sim = azureSimulator({ subscription, limited: false, lags });
  const { accounts } = sim.vendor.state;
  // On loopback blobs answer under an address of their own.
  accounts.set("acmehost", { containers: new Set(["packages"]), blobEndpoint: "https://acmehost.z10.blob.storage.azure.net/" });
  accounts.set("acmedata", { containers: new Set(["photos"]) });
  const storage = `/subscriptions/${subscription}/resourceGroups/acme/providers/Microsoft.Storage/storageAccounts/acmedata`;
  const photos = { name: "photos", type: "object-storage", source: "photos", filter: { prefix: "in/" } };
  const section = { subscription, resourceGroup: "acme", region: "westeurope", app: "acme-orders", assignRoles: true };
  return {
    target: "azure-functions",
    sim: withOthers(sim),
    settings: (endpoint) => ({
      targets: {
        "azure-functions": { ...section, storage: { account: "acmehost", container: "packages", keepPackages: 3 }, endpoint },
      },
      triggers: { first: [jobs, tick], second: [jobs, photos, tock] },
      resources: {
        jobs: { "azure-functions": `${storage}/queueServices/default/queues/jobs` },
        photos: { "azure-functions": `${storage}/blobServices/default/containers/photos` },
      },
      more: common,
    }),
  };
}

export function aws(): Cloud {
  const account = "123456789012";
  const at = (service: string, name: string) => `arn:aws:${service}:eu-west-1:${account}:${name}`;
  const lags = { function: 60, role: 60, mapping: 40, permission: 30 };
  const sim = awsSimulator({ region: "eu-west-1", account, limited: false, lags });
  const queue = (attempts: number) => ({ ...jobs, batch: { size: attempts }, retry: { attempts, deadLetter: "dead" } });
  const photos = { name: "photos", type: "object-storage", source: "photos", filter: { prefix: "in/" } };
  const orders = { name: "orders", type: "topic", source: "orders", filter: { attributes: { kind: ["new"] } } };
  return {
    target: "aws-lambda",
    sim: withOthers(sim),
    async prepare(endpoint) {
      const credentials = { accessKeyId: secrets.AWS_ACCESS_KEY_ID, secretAccessKey: secrets.AWS_SECRET_ACCESS_KEY };
      const sdk = { endpoint, region: "eu-west-1", credentials };
      const sqs = new SQSClient(sdk);
      await sqs.send(new CreateQueueCommand({ QueueName: "jobs", Attributes: { VisibilityTimeout: "180" } }));
      await sqs.send(new CreateQueueCommand({ QueueName: "dead" }));
      await new SNSClient(sdk).send(new CreateTopicCommand({ Name: "orders" }));
      const location = { CreateBucketConfiguration: { LocationConstraint: "eu-west-1" as const } };
      await new S3Client({ ...sdk, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: "photos", ...location }));
    },
    settings: (endpoint) => ({
      targets: { "aws-lambda": { region: "eu-west-1", account, endpoint, createRole: true } },
      triggers: { first: [queue(3), photos, tick], second: [queue(4), orders, tick] },
      resources: {
        jobs: { "aws-lambda": at("sqs", "jobs") },
        dead: { "aws-lambda": at("sqs", "dead") },
        orders: { "aws-lambda": at("sns", "orders") },
        photos: { "aws-lambda": "arn:aws:s3:::photos" },
      },
      more: common,
    }),
  };
}
