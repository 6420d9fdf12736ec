/** A simulated vendor in a process of its own, on loopback: `simulated.mjs DIST VENDOR LATENCY BYTES_PER_MS`, told what to do by messages. */
const [dist, vendor, latencyMs, bytesPerMs] = process.argv.slice(2);
const { simulator } = await import(`./vendors/${vendor}.mjs`);
const made = await import(`${dist}/src/testing/index.js`);
// A configuration's endpoint on loopback is an emulator, for which the adapters pace nothing: so nothing is refused either.
const it = simulator(made, { latencyMs: Number(latencyMs), bytesPerMs: Number(bytesPerMs), limited: false });
const { endpoint } = await it.listen();
let from = 0;
process.on("message", (asked) => {
  if (asked !== "exchanges") process.exit(0);
  const exchanges = it.exchanges.slice(from);
  from = it.exchanges.length;
  const { user, system } = process.cpuUsage();
  process.send({ exchanges, cpu: (user + system) / 1000 });
});
process.send({ endpoint });
