/** The simulated vendors, each with what a deployment needs there and with what others have beside it. */
import { googleSimulator, seededRandom, type Simulator, type Vendor } from "fnpkg/testing";
import type { Cloud } from "./cloud-world.ts";
import type { Version } from "./site.ts";

const project = "acme-project";
const region = "europe-west1";

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
    verbs: ["deploy", "update", "rollback", "destroy"],
    sim: withOthers(sim),
    settings: (endpoint) => ({
      targets: { "google-cloud-functions": { project, region, endpoint, createTopics: true } },
      triggers: { first: [queue(5), tick], second: [queue(6), tock] } satisfies { [version in Version]: readonly object[] },
      resources: {
        jobs: { "google-cloud-functions": topic("jobs") },
        dead: { "google-cloud-functions": topic("dead") },
      },
      more: { ...common, identity: { "google-cloud-functions": account } },
    }),
  };
}
