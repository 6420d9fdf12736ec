// In a process of its own: prints µs of a warm call, or ms of the import with the first call.
import { context, event } from "./event.mjs";

const [, , what, url, name] = process.argv;
const start = performance.now();
const { [name]: handler } = await import(url);
const first = await handler(event, context);
const cold = performance.now() - start;
if (first.statusCode !== 200) throw new Error(`answered ${first.statusCode}`);

if (what === "cold") {
  console.log(cold);
} else {
  const rounds = [];
  for (let round = 0; round < 12; round++) {
    const from = performance.now();
    for (let call = 0; call < 10_000; call++) await handler(event, context);
    rounds.push(((performance.now() - from) * 1000) / 10_000);
  }
  console.log(Math.min(...rounds));
}
