/** The sources that are sealed: an http handler with a few routes and an echo, and handlers that write down their events. */

export const httpSource = String.raw`
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
const parts = (list, ms, end) => new ReadableStream({
  async pull(controller) {
    const part = list.shift();
    if (part !== undefined) { await sleep(ms); return controller.enqueue(new TextEncoder().encode(part)); }
    if (end) throw end;
    controller.close();
  },
});
const routes = {
  "/text": () => ({ body: "grüße ✓" }),
  "/json": () => ({ status: 201, headers: { "Content-Type": "application/json", "X-One": "1" }, body: '{"a":1}' }),
  "/response": () => new Response("made", { status: 202, headers: [["x-two", "2"], ["set-cookie", "a=1"], ["set-cookie", "b=2"]] }),
  "/bytes": () => ({ headers: { "content-type": "image/png" }, body: bytes }),
  "/encoded": () => ({ headers: { "content-type": "text/plain", "content-encoding": "x-own" }, body: bytes }),
  "/latin": () => ({ headers: { "content-type": "text/plain; charset=iso-8859-1" }, body: Uint8Array.of(0xe9) }),
  "/cookies": () => ({ headers: { "set-cookie": ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2; Path=/", "a=3"] } }),
  "/vary": () => ({ headers: { vary: "a, b", "x-empty": "" }, body: "" }),
  "/hop": () => ({ headers: { connection: "close, x-gone", "x-gone": "1", "x-kept": "1" }, body: "ok" }),
  "/length": () => ({ headers: { "content-length": "3" }, body: "longer" }),
  "/nothing": () => ({}),
  "/204": () => ({ status: 204, body: "dropped" }),
  "/304": () => ({ status: 304, headers: { etag: '"1"' }, body: "dropped" }),
  "/redirect": () => Response.redirect("https://acme.com/next?a=1", 303),
  "/moved": () => ({ status: 308, headers: { location: "/next?x=%zz" } }),
  "/teapot": () => ({ status: 418, body: "short and stout" }),
  "/unavailable": () => ({ status: 503, headers: { "retry-after": "1" }, body: "later" }),
  "/large": () => ({ body: "x".repeat(4_000_000) }),
  "/fetched": (request) => ({ body: (request instanceof Request) + " " + new URL(request.url).searchParams.get("a") }),
  "/undefined": () => undefined,
  "/null": () => null,
  "/600": () => ({ status: 600 }),
  "/array": () => [1],
  "/lambda": () => ({ statusCode: 200, body: "x" }),
  "/badheader": () => ({ headers: { "x-bad": "a\nb" } }),
  "/throw": () => { throw new Error("secret detail"); },
  "/reject": async () => { await sleep(1); throw "secret detail"; },
  "/uncaught": () => { setTimeout(() => { throw new Error("secret detail"); }, 5); return new Promise(() => {}); },
  "/wait": (_, context) => { context.waitUntil(sleep(20)); return { body: "answered" }; },
  "/waitbad": (_, context) => { context.waitUntil(Promise.reject(new Error("secret detail"))); return { body: "answered" }; },
  "/stream": () => ({ status: 201, headers: { "x-one": "1", "set-cookie": ["a=1", "b=2"] }, body: parts(["one ", "twö ", "three"], 5) }),
  "/generator": () => ({ body: (async function* () { yield new TextEncoder().encode("a"); yield new TextEncoder().encode("b"); })() }),
  "/break": () => ({ body: parts(["begun"], 5, new Error("secret detail")) }),
  "/emptystream": () => ({ body: parts([], 0) }),
  "/digest": async (request) => {
    const body = new Uint8Array(await request.arrayBuffer());
    const hash = Buffer.from(await crypto.subtle.digest("SHA-256", body)).toString("hex");
    return { body: body.length + " " + hash };
  },
  "/text-in": async (request) => ({ body: await request.text() }),
  "/json-in": async (request) => ({ body: JSON.stringify((await request.json()).a) }),
  "/form-in": async (request) => ({ body: [...(await request.formData())].join("|") }),
  "/unread": () => ({ body: "not read" }),
};
const shown = /^(x-|cookie$|content-type$|content-encoding$|authorization$|accept$|function-|constructor$)/;
const hosts = /^x-(forwarded|cloud|amz)/;
export default async (request, context) => {
  const url = new URL(request.url);
  if (Object.hasOwn(routes, url.pathname)) return routes[url.pathname](request, context);
  const body = Buffer.from(await request.arrayBuffer()).toString("base64");
  return {
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      method: request.method,
      url: url.pathname + url.search,
      headers: Object.fromEntries([...request.headers].filter(([name]) => shown.test(name) && !hosts.test(name))),
      body,
      env: context.env,
      function: context.function,
      target: context.target.name,
      own: [typeof context.invocationId, context.remainingMs() > 0, context.deadline instanceof Date, context.signal.aborted],
      frozen: Object.isFrozen(context.env),
      cwd: process.cwd().split("/").at(-1),
      tracestate: context.trace.tracestate,
      trace: context.trace.traceparent?.slice(0, 35),
    }),
  };
};
`;

const record = String.raw`
import { appendFileSync } from "node:fs";
const written = (value) => value instanceof Uint8Array ? { bytes: Buffer.from(value).toString("hex") } : value;
const note = (event) => appendFileSync(process.env.OUT, JSON.stringify({ ...event, data: written(event.data) }) + "\n");
const fails = ({ data }) => data === "fail";
`;

/** A message \`fail\` fails. */
export const eventSource = `${record}
export default async (event) => {
  note(event);
  if (fails(event)) throw new Error("it fails");
};
`;

export const batchSource = `${record}
export default async (events) => {
  events.forEach(note);
  return { failures: events.flatMap((event, index) => (fails(event) ? [{ index, reason: "it fails" }] : [])) };
};
`;
