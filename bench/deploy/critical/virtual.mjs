/**
 * The same deploys in this process and in virtual time: what is left is the calls, the vendor's own times and what was waited for, none
 * of this machine's. With the vendor's limits the adapters' own pace is on as well.
 */
import { dist } from "./site.mjs";

/** So far away that no timer is set for it: in virtual time that would be the next thing to happen while a module is loaded. */
const never = 10 ** 12;

export async function virtually(vendor, network, { limited }) {
  const testing = await import(`${dist}/src/testing/index.js`);
  const clock = testing.virtualClock();
  const it = vendor.simulator(testing, { ...network, limited, clock });
  Object.assign(process.env, vendor.env);
  await vendor.furnish?.(undefined, it.fetch);
  let from = it.exchanges.length;
  return {
    // On loopback an adapter paces nothing; the address is never asked.
    endpoint: limited ? undefined : "http://127.0.0.1:9",
    async deploy(tasks, { cache, concurrency = tasks.length }) {
      const began = clock.now();
      const queue = tasks.values();
      let changed = 0;
      const worker = async () => {
        for (const task of queue) if (await deployOne(task, cache, it.fetch, clock)) changed++;
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
      return { ms: clock.now() - began, began, changed, cpu: 0, rss: 0 };
    },
    exchanges() {
      const exchanges = it.exchanges.slice(from);
      from = it.exchanges.length;
      return { exchanges, cpu: 0 };
    },
    close() {},
  };
}

/** As `deploy` does it, with a clock and a network of its own. */
async function deployOne({ package: from, config, target }, cache, fetch, clock) {
  const { prepare } = await import(`${dist}/src/api/prepare.js`);
  const { apply } = await import(`${dist}/src/engine/index.js`);
  const prepared = await prepare({ package: from, config, target, cache: cache });
  const { adapter, pkg, resolved, content, asked, place } = prepared;
  const signal = new AbortController().signal;
  const client = await adapter.connect(place.where, { signal, fetch, clock });
  let changed = true;
  try {
    const events = apply({
      adapter,
      client,
      clock,
      deadline: clock.now() + never,
      deployment: resolved.deployment,
      package: pkg.manifest.name,
      packageDigest: pkg.digest,
      configDigest: resolved.digest,
      config: resolved,
      ...asked,
      content,
      adopt: false,
      replace: false,
    });
    for await (const { event } of events) if (event === "unchanged") changed = false;
  } finally {
    await adapter.disconnect?.(client);
    await prepared.close();
  }
  return changed;
}
