/** Requests, and what is answered to them: the same on every target. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import type { Call } from "./target.ts";

export interface Row {
  readonly name: string;
  readonly call: Call;
  /** Default 200. */
  readonly status?: number;
  /** All values of each, in their order; an empty list: it isn't there. */
  readonly headers?: { readonly [name: string]: readonly string[] };
  readonly body?: string | Uint8Array;
  /** What the echo says, among other things. */
  readonly echo?: object;
  readonly broken?: true;
  /** Only where the package streams, or only where it doesn't. */
  readonly only?: "streaming" | "buffered";
}

type Headers = readonly (readonly [string, string])[];

const get = (path: string, headers: Headers = []): Call => ({ method: "GET", path, headers });
const post = (path: string, body: string | Uint8Array, type?: string, headers: Headers = []): Call => ({
  method: "POST",
  path,
  headers: [...(type === undefined ? [] : [["content-type", type] as const]), ...headers],
  body: typeof body === "string" ? Buffer.from(body) : body,
});

const all = Uint8Array.from({ length: 256 }, (_, i) => i);
const base64 = (value: string | Uint8Array) => Buffer.from(value).toString("base64");
const digest = (value: Uint8Array) => `${value.length} ${createHash("sha256").update(value).digest("hex")}`;
const big = Buffer.alloc(4 * 1024 * 1024, "bytes ");
const latin = Uint8Array.of(0x22, 0xe9, 0x22);
const failed = { status: 500, body: "internal server error\n" };

const methods: readonly Row[] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].map((method) => {
  const sends = method !== "GET" && method !== "OPTIONS";
  return {
    name: `the method ${method}`,
    call: { method, path: "/echo", ...(sends ? { body: Buffer.from("b") } : {}) },
    echo: { method, body: sends ? base64("b") : "" },
  };
});

const targets: readonly Row[] = [
  "/",
  "/a/b/",
  "/a%20b",
  "/%C3%BC",
  "/a+b",
  "/a%2Fb",
  "/%zz",
  "/100%",
  "//double//slash",
  "/.well-known/x",
  "/a/../b",
  "/a/%2e%2e/b",
  "/a;v=1,2",
  "/@scope/:x/*",
  "/favicon.ico",
  "/robots.txt",
  "/_ah/warmup",
  "/[id]/(group)/~'!$&",
  `/${"long/".repeat(300)}`,
  "/?",
  "/?a=1&a=2&b",
  "/?x=%zz&y=%C3%BC",
  "/?q=a+b%20c&empty=&=&&",
  "/?a[0]=1&a[b]=2",
  "/??x?=y",
  "/?__proto__=1",
].map((path) => {
  const { pathname, search } = new URL(`http://host${path}`);
  return { name: `the path ${path.slice(0, 40)}`, call: get(path), echo: { url: pathname + search } };
});

const headers: readonly Row[] = [
  {
    name: "a header that comes twice",
    call: get("/h", [
      ["x-many", "1"],
      ["X-Many", "2"],
    ]),
    // Between lists, a space means nothing.
    echo: { headers: { "x-many": expect.stringMatching(/^1, ?2$/) as unknown } },
  },
  { name: "cookies", call: get("/h", [["cookie", "a=1; b=2"]]), echo: { headers: { cookie: "a=1; b=2" } } },
  {
    name: "headers with signs in them",
    call: get("/h", [
      ["x-odd", '"a\\b", {}; =,'],
      ["authorization", "Bearer a.b-c_d"],
      ["accept", "text/html, */*;q=0.1"],
    ]),
    echo: { headers: { "x-odd": '"a\\b", {}; =,', authorization: "Bearer a.b-c_d", accept: "text/html, */*;q=0.1" } },
  },
  {
    name: "a header whose name means something to objects",
    call: get("/h", [["constructor", "2"]]),
    echo: { headers: { constructor: "2" } },
  },
  {
    name: "headers that only a host may send",
    call: get("/h", [
      ["function-invocation-id", "forged"],
      ["Function-Deadline", "1"],
    ]),
    echo: { headers: {} },
  },
];

const bodies: readonly Row[] = [
  { name: "text", call: post("/text-in", "grüße ✓", "text/plain; charset=utf-8"), body: "grüße ✓" },
  { name: "JSON", call: post("/json-in", '{"a":{"b":["ü"]}}', "application/json"), body: '{"b":["ü"]}' },
  { name: "JSON that is none", call: post("/text-in", '{"a":', "application/json"), body: '{"a":' },
  { name: "JSON of no object", call: post("/text-in", " 1 ", "application/json"), body: " 1 " },
  {
    name: "JSON in another charset",
    call: post("/digest", latin, "application/json; charset=iso-8859-1"),
    body: digest(latin),
  },
  {
    name: "a CloudEvent, which is but a body here",
    call: post("/text-in", '{"specversion":"1.0"}', "application/cloudevents+json"),
    body: '{"specversion":"1.0"}',
  },
  {
    name: "a form",
    call: post("/form-in", "a=1&b=x+y%26&a=2", "application/x-www-form-urlencoded"),
    body: "a,1|b,x y&|a,2",
  },
  { name: "bytes", call: post("/echo", all, "application/octet-stream"), echo: { body: base64(all) } },
  { name: "bytes that are called text", call: post("/echo", all, "text/plain"), echo: { body: base64(all) } },
  { name: "bytes of no type", call: post("/echo", all), echo: { body: base64(all), headers: {} } },
  {
    name: "a compressed body",
    call: post("/echo", gzipSync("{}"), "application/json", [["content-encoding", "gzip"]]),
    echo: { body: base64(gzipSync("{}")), headers: { "content-type": "application/json", "content-encoding": "gzip" } },
  },
  { name: "an empty body", call: post("/echo", "", "text/plain"), echo: { body: "" } },
  { name: "a body that nobody reads", call: post("/unread", "x".repeat(100_000), "text/plain"), body: "not read" },
  { name: "a big body", call: post("/digest", big, "application/octet-stream"), body: digest(big) },
  { name: "a request that is a Request", call: get("/fetched?a=%C3%BC"), body: "true ü" },
];

const answers: readonly Row[] = [
  { name: "text", call: get("/text"), headers: { "content-type": ["text/plain;charset=UTF-8"] }, body: "grüße ✓" },
  {
    name: "a status and headers",
    call: get("/json"),
    status: 201,
    headers: { "content-type": ["application/json"], "x-one": ["1"] },
    body: '{"a":1}',
  },
  {
    name: "a Response",
    call: get("/response"),
    status: 202,
    headers: { "x-two": ["2"], "set-cookie": ["a=1", "b=2"] },
    body: "made",
  },
  { name: "bytes", call: get("/bytes"), headers: { "content-type": ["image/png"] }, body: all, only: "buffered" },
  { name: "encoded text", call: get("/encoded"), headers: { "content-encoding": ["x-own"] }, body: all, only: "buffered" },
  { name: "text in another charset", call: get("/latin"), body: Uint8Array.of(0xe9), only: "buffered" },
  {
    name: "cookies, each in a header of its own",
    call: get("/cookies"),
    headers: { "set-cookie": ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2; Path=/", "a=3"] },
    body: "",
  },
  { name: "lists and empty values", call: get("/vary"), headers: { vary: ["a, b"], "x-empty": [""] }, body: "" },
  { name: "nothing between two hosts", call: get("/hop"), headers: { "x-gone": [], "x-kept": ["1"] }, body: "ok" },
  { name: "the length that the body has", call: get("/length"), body: "longer" },
  { name: "nothing", call: get("/nothing"), body: "" },
  { name: "204", call: get("/204"), status: 204, body: "" },
  { name: "304", call: get("/304"), status: 304, headers: { etag: ['"1"'] }, body: "" },
  { name: "a redirect", call: get("/redirect"), status: 303, headers: { location: ["https://acme.com/next?a=1"] }, body: "" },
  { name: "a relative redirect", call: get("/moved"), status: 308, headers: { location: ["/next?x=%zz"] } },
  { name: "418", call: get("/teapot"), status: 418, body: "short and stout" },
  { name: "503", call: get("/unavailable"), status: 503, headers: { "retry-after": ["1"] }, body: "later" },
  {
    name: "HEAD: headers alone",
    call: { method: "HEAD", path: "/json" },
    status: 201,
    headers: { "content-type": ["application/json"], "x-one": ["1"] },
    body: "",
  },
  { name: "a big body", call: get("/large"), body: "x".repeat(4_000_000) },
  { name: "what waitUntil was waited for", call: get("/wait"), body: "answered" },
  { name: "although waitUntil was rejected", call: get("/waitbad"), body: "answered" },
  { name: "an async iterable", call: get("/generator"), body: "ab" },
  { name: "an empty stream", call: get("/emptystream"), body: "" },
  {
    name: "a stream",
    call: get("/stream"),
    status: 201,
    headers: { "x-one": ["1"], "set-cookie": ["a=1", "b=2"] },
    body: "one twö three",
  },
  { name: "a stream that breaks off", call: get("/break"), broken: true, only: "streaming" },
  { name: "500 for a stream that breaks off", call: get("/break"), ...failed, only: "buffered" },
];

const failures: readonly Row[] = ["undefined", "null", "600", "array", "lambda", "badheader", "throw", "reject", "uncaught"].map(
  (name) => ({ name: `500 for a handler's /${name}`, call: get(`/${name}`), ...failed }),
);

const refused: readonly Row[] = [
  { name: "TRACE", call: { method: "TRACE", path: "/echo" }, status: 501 },
  {
    name: "GET with a body",
    call: { method: "GET", path: "/echo", headers: [["content-type", "text/plain"]], body: Buffer.from("x") },
    status: 400,
  },
];

export const groups: { readonly [name: string]: readonly Row[] } = {
  "arrive as they were sent": [...methods, ...targets, ...headers, ...bodies],
  "are answered as the handler says": answers,
  "get an answer whatever the handler does": failures,
  "that no handler could take are refused": refused,
};
