/** STS: who asks. */
import { serviceOf } from "./operations.ts";
import type { Account, Service } from "./service.ts";
import { query } from "./wires.ts";

export function sts(account: Account): Service {
  return serviceOf({
    name: "sts",
    protocol: query("https://sts.amazonaws.com/doc/2011-06-15/"),
    handlers: {
      GetCallerIdentity: () => ({
        Arn: `arn:aws:iam::${account.id}:user/fnpkg`,
        UserId: "AIDAAAAAAAAAAAAAAAAAA",
        Account: account.id,
      }),
    },
    cell: { now: {} },
    snapshot: () => ({}),
  });
}
