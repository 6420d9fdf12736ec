/** The services that the account has. */
import type { Account, Service } from "./service.ts";

export const factories: readonly ((account: Account) => Service)[] = [];
