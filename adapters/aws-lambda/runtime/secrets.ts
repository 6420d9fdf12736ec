/**
 * Secrets are read when an environment starts, before the user's module is loaded, so that no value is in the function's
 * configuration. The clients are the managed runtime's own
 * (https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html): `require` finds them, `import` would not.
 */
import { createRequire } from "node:module";
import { decodeUtf8 } from "fnpkg/runtime";
import type { Bindings } from "../translate-bindings.ts";
import { fields, text } from "./read.ts";

type Reference = Bindings["secrets"][number];
/** Reads one secret or parameter, whole. */
export type Read = (arn: string, version: string | undefined) => Promise<string>;

/** The values by variable. */
export async function resolveSecrets(references: readonly Reference[], read: Read): Promise<{ [name: string]: string }> {
  const reads = new Map<string, Promise<string>>();
  const once = (arn: string, version: string | undefined): Promise<string> => {
    const key = `${arn} ${version ?? ""}`;
    const found = reads.get(key) ?? read(arn, version);
    reads.set(key, found);
    return found;
  };
  const values = await Promise.all(
    references.map(async ([name, arn, version = "", key = ""]): Promise<[string, string]> => {
      const wanted = version === "" || version === "latest" ? undefined : version;
      const value = await once(arn, wanted).catch((cause: unknown) => {
        const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
        throw new Error(`the secret of ${name}, ${arn}, can't be read: ${reason}`, { cause });
      });
      return [name, key === "" ? value : memberOf(value, key, name, arn)];
    }),
  );
  return Object.fromEntries(values);
}

function memberOf(value: string, key: string, name: string, arn: string): string {
  let whole: unknown;
  try {
    whole = JSON.parse(value);
  } catch {
    whole = undefined;
  }
  const found = fields(whole);
  const member = Object.hasOwn(found, key) ? found[key] : undefined;
  if (typeof member === "string") return member;
  if (typeof member === "number" || typeof member === "boolean") return String(member);
  throw new Error(`the secret of ${name}, ${arn}, is no JSON object with a string or number "${key}"`);
}

/** The slice of an SDK client's module that is used. */
interface Module {
  readonly [name: string]: (new (input: object) => object) | undefined;
}
interface Client {
  send(command: object): Promise<unknown>;
}

export const readFromVendor: Read = async (arn, version) =>
  arn.split(":")[2] === "ssm" ? readParameter(arn, version) : readSecret(arn, version);

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html */
async function readSecret(arn: string, version: string | undefined): Promise<string> {
  const isId = version !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(version);
  const answer = fields(
    await send("@aws-sdk/client-secrets-manager", "SecretsManagerClient", "GetSecretValueCommand", arn, {
      SecretId: arn,
      ...(version === undefined ? {} : isId ? { VersionId: version } : { VersionStage: version }),
    }),
  );
  const { SecretString: value, SecretBinary: bytes } = answer;
  if (typeof value === "string") return value;
  const decoded = bytes instanceof Uint8Array ? decodeUtf8(bytes) : undefined;
  if (decoded === undefined) throw new Error("it is no text");
  return decoded;
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html */
async function readParameter(arn: string, version: string | undefined): Promise<string> {
  const answer = fields(
    await send("@aws-sdk/client-ssm", "SSMClient", "GetParameterCommand", arn, {
      Name: version === undefined ? arn : `${arn}:${version}`,
      WithDecryption: true,
    }),
  );
  const parameter = fields(answer["Parameter"]);
  if (version !== undefined && String(parameter["Version"]) !== version) throw new Error(`version ${version} is not there`);
  if (typeof parameter["Value"] !== "string") throw new Error("it has no value");
  return parameter["Value"];
}

async function send(name: string, client: string, command: string, arn: string, input: object): Promise<unknown> {
  const module = createRequire(import.meta.url)(name) as Module;
  const [Client, Command] = [module[client], module[command]];
  if (Client === undefined || Command === undefined) throw new Error(`${name} has no ${client} or ${command}`);
  const region = text(arn.split(":")[3]);
  return (new Client(region === undefined ? {} : { region }) as Client).send(new Command(input));
}
