/**
 * Where moto 5.2 is not as Lambda is, by AWS's own documentation. Each is one method; nothing else of an answer is touched.
 * All addresses below are under docs.aws.amazon.com/lambda/latest.
 */
import type { Answer, Made } from "./moto.ts";

type Fields = Record<string, unknown>;

/** Settings that moto takes and forgets, or keeps at their first value (api/API_FunctionConfiguration.html). */
const forgotten = ["LoggingConfig", "EphemeralStorage", "TracingConfig", "SnapStart", "FileSystemConfigs", "DeadLetterConfig"];

export class Habits {
  readonly #settings = new Map<string, Fields>();
  readonly #provisioned = new Map<string, number>();
  readonly #mapped = new Map<string, string>();

  clear(): void {
    for (const map of [this.#settings, this.#provisioned, this.#mapped]) map.clear();
  }

  copy(): Habits {
    const copy = new Habits();
    for (const [name, settings] of this.#settings) copy.#settings.set(name, { ...settings });
    for (const [name, count] of this.#provisioned) copy.#provisioned.set(name, count);
    for (const [uuid, named] of this.#mapped) copy.#mapped.set(uuid, named);
    return copy;
  }

  /** An answer to what moto does not know at all. */
  instead({ method, path, body }: Made, service: string): Answer | undefined {
    if (service !== "lambda") return undefined;
    const { name, rest, query } = split(path);
    // api/API_GetProvisionedConcurrencyConfig.html
    if (rest === "/provisioned-concurrency") {
      const key = `${name}:${query.get("Qualifier")}`;
      if (method === "PUT") this.#provisioned.set(key, json(body)["ProvisionedConcurrentExecutions"] as number);
      const count = this.#provisioned.get(key);
      if (method === "DELETE") this.#provisioned.delete(key);
      if (method === "DELETE") return answer(204, {});
      if (count === undefined)
        return answer(
          404,
          { Message: "No Provisioned Concurrency Config found for this function" },
          "ProvisionedConcurrencyConfigNotFoundException",
        );
      return answer(method === "PUT" ? 202 : 200, { RequestedProvisionedConcurrentExecutions: count, Status: "READY" });
    }
    return undefined;
  }

  /** The path to ask moto for: it lists mappings by the function that they were made with, not by the one they call now. */
  path({ method, path }: Made, service: string): string {
    if (service !== "lambda" || method !== "GET" || !path.includes("/event-source-mappings?")) return path;
    const url = new URL(path, "http://127.0.0.1");
    url.searchParams.delete("FunctionName");
    return `${url.pathname}${url.search}`;
  }

  mend(made: Made, service: string, got: Answer): Answer {
    if (got.status === 403 && jsonServices.includes(service)) return refused(got);
    if (service !== "lambda" || got.status >= 300) return got;
    const { name, rest } = split(made.path);
    if (made.path.includes("/event-source-mappings")) return this.#mappings(made, got);
    if (rest === "/policy" && made.method === "GET") return policy(got);
    if (made.method === "DELETE" && rest === "") this.#settings.delete(name);
    if (made.method === "POST" && made.path.endsWith("/functions")) return this.#configured(json(made.body), got);
    if (made.method === "PUT" && rest === "/configuration")
      return this.#configured({ ...json(made.body), FunctionName: name }, got);
    if (rest === "" || rest === "/configuration" || rest === "/code") return this.#configured({}, got);
    return got;
  }

  #configured(sent: Fields, got: Answer): Answer {
    const body = json(got.body);
    const config = (body["Configuration"] ?? body) as Fields;
    const name = String(sent["FunctionName"] ?? config["FunctionName"]);
    const kept = { ...this.#settings.get(name) };
    for (const key of forgotten) if (sent[key] !== undefined) kept[key] = sent[key];
    this.#settings.set(name, kept);
    Object.assign(config, kept);
    return answer(got.status, body);
  }

  /** A mapping answers the function as it was named, with the alias (api/API_EventSourceMappingConfiguration.html). */
  #mappings(made: Made, got: Answer): Answer {
    const body = json(got.body);
    const named = made.method === "POST" || made.method === "PUT" ? json(made.body)["FunctionName"] : undefined;
    const mend = (one: Fields) => {
      const uuid = String(one["UUID"]);
      if (typeof named === "string" && named.startsWith("arn:")) this.#mapped.set(uuid, named);
      if (this.#mapped.has(uuid)) one["FunctionArn"] = this.#mapped.get(uuid);
    };
    if (!Array.isArray(body["EventSourceMappings"])) {
      mend(body);
      return answer(got.status, body);
    }
    const all = body["EventSourceMappings"] as Fields[];
    all.forEach(mend);
    const asked = new URL(made.path, "http://127.0.0.1").searchParams.get("FunctionName");
    body["EventSourceMappings"] = asked === null ? all : all.filter((one) => one["FunctionArn"] === asked);
    return answer(got.status, body);
  }
}

const jsonServices = ["apigateway", "lambda", "logs", "scheduler", "sqs"];

/** A refusal in IAM's own XML, whatever the service speaks (api/CommonErrors.html). */
function refused(got: Answer): Answer {
  const message = /<Message>([^<]*)</.exec(got.body.toString())?.[1];
  const type = "AccessDeniedException";
  return message === undefined ? got : answer(403, { __type: type, message, Message: message }, type);
}

/** Conditions of function URLs (dg/urls-auth.html), which moto leaves beside the statement as they were sent. */
function policy(got: Answer): Answer {
  const body = json(got.body);
  const document = JSON.parse(String(body["Policy"])) as { Statement: (Fields & { Condition?: Record<string, Fields> })[] };
  for (const statement of document.Statement) {
    const { FunctionUrlAuthType: auth, InvokedViaFunctionUrl: via } = statement;
    delete statement["FunctionUrlAuthType"];
    delete statement["InvokedViaFunctionUrl"];
    const conditions = (statement.Condition ??= {});
    if (auth !== undefined) conditions["StringEquals"] = { ...conditions["StringEquals"], "lambda:FunctionUrlAuthType": auth };
    if (via !== undefined) conditions["Bool"] = { "lambda:InvokedViaFunctionUrl": String(via) };
  }
  return answer(got.status, { ...body, Policy: JSON.stringify(document) });
}

function split(path: string): { readonly name: string; readonly rest: string; readonly query: URLSearchParams } {
  const url = new URL(path, "http://127.0.0.1");
  const found = /\/functions\/([^/]+)(\/.*)?$/.exec(decodeURIComponent(url.pathname));
  const [first = ""] = (found?.[1] ?? "").split(":function:").slice(-1);
  return { name: first.split(":")[0] ?? "", rest: found?.[2] ?? "", query: url.searchParams };
}

function json(body: Buffer): Fields {
  return body.length === 0 ? {} : (JSON.parse(body.toString()) as Fields);
}

function answer(status: number, body: Fields, error?: string): Answer {
  const bytes = status === 204 ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
  return {
    status,
    headers: {
      "content-type": "application/json",
      "content-length": String(bytes.length),
      ...(error === undefined ? {} : { "x-amzn-errortype": error }),
    },
    body: bytes,
  };
}
