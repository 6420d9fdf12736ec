/** The credentials that the library's caller hands in. */
import { FnpkgError } from "fnpkg/adapter";
import { z } from "zod";

/** The SDK's own forms (`AwsCredentialIdentity` and its provider, @smithy/types 4): keys, or a function that answers them. */
export type Credentials = Keys | (() => Promise<Keys>);
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** The function is asked anew shortly before. */
  readonly expiration?: Date;
}

/** The SDK's own objects carry more, such as the account. */
const keys = z.looseObject({
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().min(1).optional(),
  expiration: z.date().optional(),
});

/** @throws E_USAGE, naming the fields that are off and nothing of what they hold */
export function credentialsOf(given: unknown): Credentials {
  if (typeof given !== "function") return checked(given, "the credentials given");
  return async () => checked(await (given as () => unknown)(), "what the credentials' function answers");
}

function checked(given: unknown, what: string): Keys {
  const { success, error, data } = keys.safeParse(given);
  if (success) return data as Keys;
  const fields = [...new Set(error.issues.map(({ path }) => path.join(".")))].filter((field) => field !== "");
  throw new FnpkgError("E_USAGE", `${what} can't be used${fields.length === 0 ? "" : `: ${fields.join(", ")}`}`, {
    target: "aws-lambda",
    hint: "Give `{ accessKeyId, secretAccessKey, sessionToken? }`, or a function that answers it, such as one of @aws-sdk/credential-providers.",
  });
}
