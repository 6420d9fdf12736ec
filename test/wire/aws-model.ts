/** Holds recorded requests against the API models that AWS publishes (botocore's `service-2.json`). */
import { readModel } from "../engine/check-models.ts";
import type { Exchange } from "../emulators/moto.ts";
import { parseXml } from "./xml.ts";

interface Shape {
  readonly type: string;
  readonly members?: { readonly [name: string]: Member };
  readonly required?: readonly string[];
  readonly member?: Member;
  readonly key?: Member;
  readonly value?: Member;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
  readonly payload?: string;
  readonly flattened?: boolean;
}
interface Member {
  readonly shape: string;
  readonly location?: "uri" | "querystring" | "header" | "headers";
  readonly locationName?: string;
  readonly flattened?: boolean;
}
interface Operation {
  readonly http: { readonly method: string; readonly requestUri: string };
  readonly input?: { readonly shape: string };
}
interface Model {
  readonly metadata: { readonly protocol: string };
  readonly operations: { readonly [name: string]: Operation };
  readonly shapes: { readonly [name: string]: Shape };
}

/** The service that a request was signed for, and the model's folder. */
const folders: { readonly [signed: string]: string } = {
  lambda: "lambda",
  s3: "s3",
  scheduler: "scheduler",
  sns: "sns",
  sqs: "sqs",
  iam: "iam",
  apigateway: "apigatewayv2",
  logs: "logs",
};

const models = new Map<string, Model>();

/** What of a request the model does not allow; nothing for a service without a model. */
export function violations(exchange: Exchange): string[] {
  const folder = folders[exchange.service];
  if (folder === undefined) return [];
  let model = models.get(folder);
  if (model === undefined) models.set(folder, (model = JSON.parse(readModel(`aws/${folder}/service-2.json`)) as Model));
  const known = model;
  const found = operationsOf(known, exchange).map(({ name, input }) => {
    const shape = known.operations[name]?.input?.shape;
    return shape === undefined ? [] : check(known, shape, input, `${exchange.service}:${name}`);
  });
  const none = [`${exchange.service} ${exchange.method} ${exchange.path}: no operation of the model`];
  return found.find(({ length }) => length === 0) ?? found[0] ?? none;
}

/** The operation, for counting. */
export function operationName(exchange: Exchange): string | undefined {
  const folder = folders[exchange.service];
  const model = folder === undefined ? undefined : models.get(folder);
  return model === undefined ? undefined : operationsOf(model, exchange)[0]?.name;
}

interface Called {
  readonly name: string;
  readonly input: unknown;
}

/** Several where an address alone does not say which it is, as S3's copy and put. */
function operationsOf(model: Model, exchange: Exchange): readonly Called[] {
  switch (model.metadata.protocol) {
    case "json": {
      const name = exchange.headers["x-amz-target"]?.split(".").at(-1) ?? "";
      return model.operations[name] === undefined ? [] : [{ name, input: JSON.parse(exchange.body.toString()) as unknown }];
    }
    case "query": {
      const form = new URLSearchParams(exchange.body.toString());
      const name = form.get("Action") ?? "";
      const operation = model.operations[name];
      return operation === undefined ? [] : [{ name, input: unflattened(model, operation.input?.shape ?? "", form) }];
    }
    default:
      return restOperations(model, exchange);
  }
}

interface Candidate {
  readonly name: string;
  readonly uri: { readonly [name: string]: string };
  /** Of the address's query what belongs to the operation's own address. */
  readonly fixed: readonly string[];
  readonly shape: string;
  readonly rank: number;
}

function restOperations(model: Model, exchange: Exchange): readonly Called[] {
  const url = new URL(exchange.path, "http://127.0.0.1");
  url.searchParams.delete("x-id");
  const all = Object.entries(model.operations).flatMap(([name, operation]) => candidate(name, operation, exchange.method, url));
  const best = Math.max(...all.map(({ rank }) => rank));
  return all
    .filter(({ rank }) => rank === best)
    .map((one) => ({
      name: one.name,
      input: { ...inAddress(model, one, url, exchange), ...bodyOf(model, model.shapes[one.shape], exchange) },
    }));
}

function candidate(name: string, { http, input }: Operation, method: string, url: URL): Candidate[] {
  const [template = "", fixed = ""] = http.requestUri.split("?");
  if (http.method !== method) return [];
  const path = template.replace(/\/$/, "");
  const names = [...path.matchAll(/\{(\w+)\+?\}/g)].map(([, key = ""]) => key);
  const pattern = path.replaceAll(/\{\w+\+\}/g, "(.+)").replaceAll(/\{\w+\}/g, "([^/]+)");
  const found = new RegExp(`^${pattern}/?$`).exec(url.pathname);
  const wanted = new URLSearchParams(fixed);
  if (found === null || [...wanted].some(([key, value]) => url.searchParams.get(key) !== value)) return [];
  const uri = Object.fromEntries(names.map((key, index) => [key, decodeURIComponent(found[index + 1] ?? "")]));
  const rank = [...wanted].length * 10 + template.split("/").length;
  return [{ name, uri, fixed: [...wanted.keys()], shape: input?.shape ?? "", rank }];
}

/** What stands in the path, the query and the headers. */
function inAddress(model: Model, one: Candidate, url: URL, { headers }: Exchange): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  const query = new URLSearchParams(url.search);
  for (const key of one.fixed) query.delete(key);
  for (const [member, { location, locationName = member, shape }] of Object.entries(model.shapes[one.shape]?.members ?? {})) {
    const [inPath, header] = [one.uri[locationName], headers[locationName.toLowerCase()]];
    if (location === "uri" && inPath !== undefined) input[member] = scalar(model, shape, inPath);
    if (location === "header" && header !== undefined) input[member] = scalar(model, shape, header);
    if (location !== "querystring" || !query.has(locationName)) continue;
    const list = model.shapes[shape]?.type === "list";
    input[member] = list ? query.getAll(locationName) : scalar(model, shape, query.get(locationName) ?? "");
    query.delete(locationName);
  }
  return { ...input, ...Object.fromEntries([...query].map(([key, value]) => [`?${key}`, value])) };
}

function bodyOf(model: Model, shape: Shape | undefined, { body }: Exchange): object {
  const payload = shape?.payload;
  const of = payload === undefined ? undefined : shape?.members?.[payload]?.shape;
  if (payload !== undefined && model.shapes[of ?? ""]?.type === "blob") return {};
  if (body.length === 0) return {};
  const text = body.toString();
  if (model.metadata.protocol === "rest-xml")
    return payload === undefined ? {} : { [payload]: fromXml(model, of ?? "", parseXml(text)) };
  const sent = JSON.parse(text) as Record<string, unknown>;
  const names = new Map(
    Object.entries(shape?.members ?? {}).map(([member, { locationName = member }]) => [locationName, member] as const),
  );
  return Object.fromEntries(Object.entries(sent).map(([key, value]) => [names.get(key) ?? key, value]));
}

type Xml = ReturnType<typeof parseXml>;

function fromXml(model: Model, name: string, node: Xml): unknown {
  const shape = model.shapes[name];
  if (shape?.type !== "structure") return scalar(model, name, node.text);
  const input: Record<string, unknown> = {};
  for (const child of node.children) {
    const entry = Object.entries(shape.members ?? {}).find(([member, { locationName = member }]) => locationName === child.name);
    if (entry === undefined) {
      input[child.name] = child.text;
      continue;
    }
    const [member, { shape: of }] = entry;
    const list = model.shapes[of];
    if (list?.type === "list") ((input[member] ??= []) as unknown[]).push(fromXml(model, list.member?.shape ?? "", child));
    else input[member] = fromXml(model, of, child);
  }
  return input;
}

/** `Tags.member.1.Key=…` as a tree. */
function unflattened(model: Model, name: string, form: URLSearchParams): unknown {
  const root: Record<string, unknown> = {};
  for (const [path, value] of form) {
    if (path === "Action" || path === "Version") continue;
    let node = root;
    const parts = path.split(".");
    parts.slice(0, -1).forEach((part) => (node = (node[part] ??= {}) as Record<string, unknown>));
    node[parts.at(-1) ?? ""] = value;
  }
  return typed(model, name, root);
}

function typed(model: Model, name: string, node: unknown): unknown {
  const shape = model.shapes[name];
  if (typeof node === "string") return scalar(model, name, node);
  const fields = node as Record<string, unknown>;
  const items = () => Object.values((fields["member"] ?? fields["entry"] ?? fields) as Record<string, unknown>);
  if (shape?.type === "list") return items().map((item) => typed(model, shape.member?.shape ?? "", item));
  if (shape?.type === "map") {
    const pairs = items() as { key: string; value: string }[];
    return Object.fromEntries(pairs.map(({ key, value }) => [key, typed(model, shape.value?.shape ?? "", value)]));
  }
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typed(model, shape?.members?.[key]?.shape ?? "", value)]),
  );
}

function scalar(model: Model, name: string, text: string): unknown {
  const type = model.shapes[name]?.type;
  if (type === "integer" || type === "long" || type === "double" || type === "float") return Number(text);
  return type === "boolean" ? text === "true" : text;
}

function check(model: Model, name: string, value: unknown, at: string): string[] {
  const shape = model.shapes[name];
  if (shape === undefined) return [`${at}: unknown`];
  if (value === null || value === undefined) return [`${at}: null`];
  switch (shape.type) {
    case "structure":
      return inStructure(model, shape, value, at);
    case "list": {
      if (!Array.isArray(value)) return [`${at}: no list`];
      const each = value.flatMap((item, index) => check(model, shape.member?.shape ?? "", item, `${at}[${index}]`));
      return [...range(shape, value.length, at), ...each];
    }
    case "map": {
      if (typeof value !== "object") return [`${at}: no map`];
      const pairs = Object.entries(value);
      const each = pairs.flatMap(([key, item]) => [
        ...check(model, shape.key?.shape ?? "", key, `${at} key ${key}`),
        ...check(model, shape.value?.shape ?? "", item, `${at}.${key}`),
      ]);
      return [...range(shape, pairs.length, at), ...each];
    }
    case "string":
      return typeof value === "string" ? inString(shape, value, at) : [`${at}: no text but ${JSON.stringify(value)}`];
    case "boolean":
      return typeof value === "boolean" ? [] : [`${at}: no boolean`];
    case "integer":
    case "long":
    case "float":
    case "double":
      return typeof value === "number" ? range(shape, value, at) : [`${at}: no number`];
    default:
      return [];
  }
}

function inStructure(model: Model, { members = {}, required = [] }: Shape, value: unknown, at: string): string[] {
  if (typeof value !== "object" || value === null) return [`${at}: no structure`];
  const named = new Map(Object.entries(members).map(([name, { locationName = name }]) => [locationName, name] as const));
  const fields = Object.entries(value).map(
    ([key, item]) => [members[key] === undefined ? (named.get(key) ?? key) : key, item] as const,
  );
  const missing = required.filter((name) => !fields.some(([key]) => key === name)).map((name) => `${at}.${name}: missing`);
  const each = fields.flatMap(([key, item]) => {
    const member = members[key];
    return member === undefined ? [`${at}.${key}: not in the model`] : check(model, member.shape, item, `${at}.${key}`);
  });
  return [...missing, ...each];
}

function inString({ enum: words, pattern, min, max }: Shape, value: string, at: string): string[] {
  if (words !== undefined && !words.includes(value)) return [`${at}: ${value} is not one of ${words.join(", ")}`];
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`, unicode(pattern)).test(value))
    return [`${at}: ${value} is not like ${pattern}`];
  return range({ min, max }, value.length, at);
}

/** Character classes by property need the flag, which forbids needless escapes that the models have. */
function unicode(pattern: string): string {
  return pattern.includes("\\p{") ? "u" : "";
}

function range(
  { min, max }: { readonly min?: number | undefined; readonly max?: number | undefined },
  value: number,
  at: string,
): string[] {
  const low = min !== undefined && value < min;
  const high = max !== undefined && value > max;
  return low || high ? [`${at}: ${value} is not within ${min ?? ""}..${max ?? ""}`] : [];
}
