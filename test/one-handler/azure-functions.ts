/** Azure Functions: the archive in a stand-in for Microsoft's worker; requests, answers and events in the forms that its host has. */
import { request as httpRequest } from "node:http";
import { randomUUID } from "node:crypto";
import type { Cookie, HttpData } from "../../adapters/azure-functions/runtime/core.ts";
import { kinds } from "../../adapters/azure-functions/resources.ts";
import { blobEvent, busMessage, gridEvent, timerCall } from "../adapters/azure-functions/runtime-calls.ts";
import { missing, type Request, serveArchive, type Started } from "../adapters/azure-functions/worker-site.ts";
import { build, variables } from "./archive.ts";
import type { Answer, Call, Happening, Target } from "./target.ts";

const host = "tested.azurewebsites.net";

export const azure: Target = {
  name: "azure-functions",
  missing,
  async start(deployment) {
    const { file, packageDigest, props } = await build("azure-functions", kinds.settings, deployment);
    const site = await serveArchive({ file, folder: deployment.folder, env: variables(props, "properties") });
    return {
      packageDigest,
      call: (call) => (site.capabilities["HttpUri"] === undefined ? buffered(site, call) : streamed(site, call)),
      deliver: (happenings) =>
        Promise.all(
          happenings.map(async (happening) => {
            const { failure } = await site.invoke(happening.trigger, requestOf(happening));
            return failure === undefined ? "handled" : "failed";
          }),
        ),
      close: () => site.close(),
    };
  },
};

/** Names in lower case, and values of one name in one. */
function headersOf({ headers = [], body }: Call): [string, string][] {
  const joined = new Map<string, string>();
  const all = [...headers, ...(body === undefined ? [] : [["content-length", String(body.length)] as const])];
  for (const [name, value] of [["host", host] as const, ...all]) {
    const before = joined.get(name.toLowerCase());
    joined.set(name.toLowerCase(), before === undefined ? value : `${before},${value}`);
  }
  return [...joined];
}

/** azure-functions-host, GrpcMessageConversionExtensions.cs: ToRpcHttp. */
async function buffered(site: Started, call: Call): Promise<Answer> {
  const { method, path, body } = call;
  const http: HttpData = {
    method,
    url: `http://${host}${path}`,
    nullableHeaders: Object.fromEntries(
      [...headersOf(call), ["x-forwarded-proto", "https"] as const].map(([name, value]) => [name, { value }] as const),
    ),
    ...(body === undefined || body.length === 0 ? {} : { body: { bytes: body } }),
  };
  const { returnValue, failure } = await site.invoke("web", {
    inputData: [{ name: "request", data: { http } }],
    triggerMetadata: {},
  });
  if (failure !== undefined || returnValue?.http === undefined) return { status: 500, headers: [], body: Buffer.alloc(0) };
  const { statusCode, headers = {}, cookies = [], body: sent } = returnValue.http;
  const plain = Object.entries(headers ?? {}).map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  const set = (cookies ?? []).map((cookie): [string, string] => ["set-cookie", written(cookie)]);
  return { status: Number(statusCode), headers: [...plain, ...set], body: Buffer.from(sent?.bytes ?? []) };
}

/** As ASP.NET's SetCookieHeaderValue writes it, with the attributes as browsers' documents spell them. */
function written({ name, value, expires, maxAge, domain, path, secure, sameSite, httpOnly }: Cookie): string {
  const encoded = encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const sites = { none: undefined, lax: "Lax", strict: "Strict", explicitNone: "None" } as const;
  return [
    `${name}=${encoded}`,
    ...(expires === undefined ? [] : [`Expires=${new Date(expires.value.seconds * 1000).toUTCString()}`]),
    ...(maxAge === undefined ? [] : [`Max-Age=${maxAge.value}`]),
    ...(domain === undefined ? [] : [`Domain=${domain.value}`]),
    ...(path.value === "" ? [] : [`Path=${path.value}`]),
    ...(secure?.value === true ? ["Secure"] : []),
    ...(sites[sameSite] === undefined ? [] : [`SameSite=${sites[sameSite]}`]),
    ...(httpOnly?.value === true ? ["HttpOnly"] : []),
  ].join("; ");
}

/** The call without its request, and beside it the request to the address that the worker names. */
async function streamed(site: Started, call: Call): Promise<Answer> {
  const id = randomUUID();
  const headers = headersOf(call);
  const metadata = { Headers: { json: JSON.stringify(Object.fromEntries(headers)) } };
  const [answer] = await Promise.all([
    forwarded(new URL(site.capabilities["HttpUri"] ?? ""), call, [
      ...headers.filter(([name]) => name !== "host"),
      ["x-ms-invocation-id", id],
      ["x-forwarded-host", host],
      ["x-forwarded-proto", "https"],
    ]),
    site.invoke("web", { inputData: [{ name: "request", data: { http: {} } }], triggerMetadata: metadata }, id),
  ]);
  return answer;
}

function forwarded(
  { hostname, port }: URL,
  { method, path, body }: Call,
  headers: readonly (readonly [string, string])[],
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const given = [["host", `${hostname}:${port}`], ...headers].flat();
    const outgoing = httpRequest({ host: hostname, port, method, path, headers: given, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      const end = (broken: boolean) => {
        const list: [string, string][] = [];
        for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
          list.push([(answer.rawHeaders[at] ?? "").toLowerCase(), answer.rawHeaders[at + 1] ?? ""]);
        }
        resolve({ status: answer.statusCode ?? 0, headers: list, body: Buffer.concat(chunks), ...(broken ? { broken } : {}) });
      };
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", () => end(true));
      answer.on("end", () => end(false));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function requestOf(happening: Happening): Request {
  switch (happening.type) {
    case "message": {
      const { id, body, contentType, attributes } = happening;
      const more = { MessageId: id, DeliveryCount: 1, ...(contentType === undefined ? {} : { ContentType: contentType }) };
      return busMessage(body, attributes ?? {}, more);
    }
    case "created":
    case "deleted": {
      const created = happening.type === "created";
      const event = blobEvent(`Microsoft.Storage.Blob${created ? "Created" : "Deleted"}`, happening.key);
      const data = { ...event.data, ...(created ? { contentLength: happening.size } : {}) };
      return gridEvent({ ...event, id: happening.id, data });
    }
    case "schedule":
      return timerCall(happening.time);
    default:
      return happening satisfies never;
  }
}
