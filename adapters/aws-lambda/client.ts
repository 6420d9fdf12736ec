/** The connection to AWS. The only file that loads SDKs: each at the first call of its service. */
import { type Clock, FnpkgError, type Located, reasonOf, sharedLimiter } from "fnpkg/adapter";
import type { Call, Services } from "./client-api.ts";
import type { Credentials } from "./client-credentials.ts";
import { handlerOf } from "./client-fetch.ts";
import type { Section } from "./config.ts";

/** What the kinds and operations share of one run. */
export interface AwsClient extends Services {
  readonly region: string;
  readonly section: Section;
  /**
   * Where an emulator on this machine answers, for the functions' addresses too: their names resolve nowhere, or at AWS. What it
   * answers may be simpler than what AWS does.
   */
  readonly emulator?: URL;
  /** The headers of a request to the function's own address, signed for IAM. */
  sign(request: HttpRequest, service: "lambda" | "execute-api"): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

export interface ConnectOptions {
  /** Default: the SDK's own chain (environment, shared files, single sign-on, container, instance). */
  readonly credentials?: Credentials;
  /** Instead of the SDK's clients. */
  readonly services?: Partial<Services>;
  readonly fetch?: typeof globalThis.fetch;
  readonly clock?: Clock;
}

type ServiceName = keyof Services;
type Module = { readonly [exported: string]: unknown };
interface SdkClient {
  send(command: unknown, options: object): Promise<unknown>;
  destroy(): void;
  readonly config: {
    signer?(scheme?: object): Promise<{ sign(request: object): Promise<{ headers: Record<string, string> }> }>;
  };
}

const modules: { readonly [name in ServiceName]: { readonly from: string; readonly client: string; load(): Promise<unknown> } } =
  {
    lambda: { from: "@aws-sdk/client-lambda", client: "LambdaClient", load: () => import("@aws-sdk/client-lambda") },
    s3: { from: "@aws-sdk/client-s3", client: "S3Client", load: () => import("@aws-sdk/client-s3") },
    scheduler: { from: "@aws-sdk/client-scheduler", client: "SchedulerClient", load: () => import("@aws-sdk/client-scheduler") },
    sns: { from: "@aws-sdk/client-sns", client: "SNSClient", load: () => import("@aws-sdk/client-sns") },
    sqs: { from: "@aws-sdk/client-sqs", client: "SQSClient", load: () => import("@aws-sdk/client-sqs") },
    logs: {
      from: "@aws-sdk/client-cloudwatch-logs",
      client: "CloudWatchLogsClient",
      load: () => import("@aws-sdk/client-cloudwatch-logs"),
    },
    iam: { from: "@aws-sdk/client-iam", client: "IAMClient", load: () => import("@aws-sdk/client-iam") },
    gateway: {
      from: "@aws-sdk/client-apigatewayv2",
      client: "ApiGatewayV2Client",
      load: () => import("@aws-sdk/client-apigatewayv2"),
    },
    sts: { from: "@aws-sdk/client-sts", client: "STSClient", load: () => import("@aws-sdk/client-sts") },
  };

const connectMs = 10_000;
const answerMs = 60_000;
const silence = "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED";

type Where = Pick<Located<Section>, "section" | "endpoint">;

export function connect(where: Where, options: ConnectOptions = {}): AwsClient {
  const { section } = where;
  const { region } = section;
  const opened = new Map<ServiceName, Promise<readonly [Module, SdkClient]>>();
  const open = (name: ServiceName) => {
    let found = opened.get(name);
    if (found === undefined) opened.set(name, (found = openClient(name, where, options)));
    return found;
  };
  const service = <Name extends ServiceName>(name: Name): Services[Name] =>
    options.services?.[name] ?? (methods(name, () => open(name), pace(where, options.clock)) as unknown as Services[Name]);
  return {
    region,
    section,
    ...(isEmulated(where) ? { emulator: new URL(where.endpoint) } : {}),
    lambda: service("lambda"),
    s3: service("s3"),
    scheduler: service("scheduler"),
    sns: service("sns"),
    sqs: service("sqs"),
    logs: service("logs"),
    iam: service("iam"),
    gateway: service("gateway"),
    sts: service("sts"),
    async sign(request, service) {
      const [, { config }] = await open("lambda");
      const signer = await config.signer?.({ signingName: service, signingRegion: region });
      if (signer === undefined) throw new FnpkgError("E_PEER", "this version of @aws-sdk/client-lambda can't sign requests");
      const { url, method, headers, body } = request;
      const query: Record<string, string[]> = {};
      for (const [key, value] of url.searchParams) (query[key] ??= []).push(value);
      const signed = await signer.sign({
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        path: url.pathname,
        query,
        headers: { ...headers, host: url.host },
        ...(url.port === "" ? {} : { port: Number(url.port) }),
        ...(body === undefined ? {} : { body }),
      });
      return signed.headers;
    },
    async close() {
      for (const client of opened.values())
        await client.then(
          ([, sdk]) => sdk.destroy(),
          () => undefined,
        );
      opened.clear();
    },
  };
}

/** One method for each command of the SDK's module: `getFunction` sends `GetFunctionCommand`. */
function methods(name: ServiceName, open: () => Promise<readonly [Module, SdkClient]>, paceOf: Pace): object {
  const made = new Map<string, (input: object, call: Call) => Promise<unknown>>();
  return new Proxy(
    {},
    {
      get(_, method) {
        if (typeof method !== "string" || method === "then") return undefined;
        let found = made.get(method);
        if (found === undefined) {
          const command = `${method.charAt(0).toUpperCase()}${method.slice(1)}Command`;
          found = async (input, { signal, patienceMs = answerMs }) => {
            const [module, client] = await open();
            const Command = module[command] as new (input: object) => unknown;
            await paceOf(name, method)?.take(signal);
            return client.send(new Command(input), { abortSignal: signal, requestTimeout: patienceMs });
          };
          made.set(method, found);
        }
        return found;
      },
    },
  );
}

async function openClient(
  name: ServiceName,
  { section, endpoint }: Where,
  options: ConnectOptions,
): Promise<readonly [Module, SdkClient]> {
  const { from, client, load } = modules[name];
  let module: Module;
  try {
    module = (await load()) as Module;
  } catch (cause) {
    throw new FnpkgError("E_PEER", `aws-lambda needs the package ${from}: ${reasonOf(cause)}`, {
      cause,
      target: "aws-lambda",
      hint: `Install it: npm install ${from}`,
    });
  }
  const Client = module[client] as new (config: object) => SdkClient;
  return [
    module,
    quietly(
      () =>
        new Client({
          region: section.region,
          maxAttempts: 1,
          // Without one the SDK writes warnings to the terminal: what fails is reported by its error.
          logger: silent,
          requestHandler:
            options.fetch === undefined
              ? { connectionTimeout: connectMs, requestTimeout: answerMs, throwOnRequestTimeout: true }
              : handlerOf(options.fetch),
          ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
          ...(endpoint === undefined ? {} : { endpoint }),
          ...(name === "s3" ? { forcePathStyle: endpoint !== undefined, requestChecksumCalculation: "WHEN_REQUIRED" } : {}),
        }),
    ),
  ];
}

const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** Which Node versions the SDK will take next year is no news for those who deploy. */
function quietly<T>(make: () => T): T {
  const before = process.env[silence];
  process.env[silence] = "true";
  try {
    return make();
  } finally {
    if (before === undefined) delete process.env[silence];
    else process.env[silence] = before;
  }
}

type Pace = (service: ServiceName, method: string) => ReturnType<typeof sharedLimiter> | undefined;

/**
 * The control plane takes 15 requests a second for all of a region, `GetFunction` 100, whatever the function
 * (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, "Lambda API requests"). An emulator has no such limit.
 */
function pace(where: Where, clock?: Clock): Pace {
  if (isEmulated(where)) return () => undefined;
  const { section, endpoint } = where;
  const key = `aws-lambda ${section.account ?? ""} ${section.region} ${endpoint ?? ""}`;
  const many = sharedLimiter(`${key} GetFunction`, { calls: 100, perMs: 1000 }, clock);
  const few = sharedLimiter(key, { calls: 15, perMs: 1000 }, clock);
  return (service, method) => {
    if (service !== "lambda" || method === "invoke") return undefined;
    return method === "getFunction" ? many : few;
  };
}

function isEmulated<W extends Where>(where: W): where is W & { readonly endpoint: string } {
  return where.endpoint !== undefined && isLoopback(where.endpoint);
}

export function isLoopback(address: string): boolean {
  const { hostname } = new URL(address);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
