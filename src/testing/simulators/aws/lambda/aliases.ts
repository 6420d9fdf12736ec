/** Aliases: docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html, configuring-alias-routing.html */
import { page } from "../inputs.ts";
import type { Handlers } from "../operations.ts";
import type { Account } from "../service.ts";
import { most } from "./functions.ts";
import { addressOf, aliasAt, functionArn, functionAt, functionSeen, type Named, versionAt } from "./names.ts";
import { checkRevision, conflict, invalid, unfit } from "./errors.ts";
import { type Alias, type Fn, type Store, uuidOf, without } from "./state.ts";

interface AliasInput extends Named {
  readonly Name: string;
  readonly FunctionVersion?: string;
  readonly Description?: string;
  readonly RoutingConfig?: { readonly AdditionalVersionWeights?: { readonly [version: string]: number } };
  readonly RevisionId?: string;
}

export function aliasHandlers(store: Store): Handlers {
  const { account, functions } = store;
  return {
    CreateAlias(input: AliasInput) {
      const fn = functionAt(store, addressOf(account, input));
      const { Name, FunctionVersion, Description = "", RoutingConfig } = input;
      if (!/^(?!\d+$)[\w-]{1,128}$/.test(Name))
        throw unfit(Name, "name", "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)");
      if (FunctionVersion === undefined) throw unfit(null, "functionVersion", "Member must not be null");
      if (fn.aliases[Name] !== undefined) throw conflict(`Alias already exists: ${functionArn(account, fn.name, Name)}`);
      const alias = {
        version: FunctionVersion,
        description: Description,
        weights: RoutingConfig?.AdditionalVersionWeights ?? {},
      };
      return put(fn, Name, alias);
    },

    UpdateAlias(input: AliasInput) {
      const fn = functionAt(store, addressOf(account, input));
      const before = aliasAt(account, fn, input.Name);
      checkRevision(input.RevisionId, uuidOf(before.revision));
      const { FunctionVersion: version = before.version, Description: description = before.description, RoutingConfig } = input;
      const weights = RoutingConfig === undefined ? before.weights : (RoutingConfig.AdditionalVersionWeights ?? {});
      const warm = fn.provisioned[input.Name];
      const moved = version !== before.version && warm !== undefined;
      const until = account.around.now() + (account.lags.provisioned ?? 0);
      const provisioned = moved ? { ...fn.provisioned, [input.Name]: { ...warm, until } } : fn.provisioned;
      return put({ ...fn, provisioned }, input.Name, { version, description, weights });
    },

    DeleteAlias({ Name, ...input }: AliasInput) {
      const fn = functionAt(store, addressOf(account, input));
      if (fn.aliases[Name] === undefined) return;
      functions.put(fn.name, {
        ...fn,
        aliases: without(fn.aliases, Name),
        policies: without(fn.policies, Name),
        urls: without(fn.urls, Name),
        asyncs: without(fn.asyncs, Name),
        provisioned: without(fn.provisioned, Name),
      });
    },

    GetAlias({ Name, ...input }: AliasInput) {
      const fn = functionSeen(store, addressOf(account, input));
      return said(account, fn, Name, aliasAt(account, fn, Name));
    },

    ListAliases(input: Named & { readonly FunctionVersion?: string; readonly Marker?: string; readonly MaxItems?: string }) {
      const fn = functionSeen(store, addressOf(account, input));
      const all = Object.entries(fn.aliases)
        .filter(([, { version }]) => input.FunctionVersion === undefined || version === input.FunctionVersion)
        .map(([name, alias]) => said(account, fn, name, alias));
      const { items, next } = page(all, input.Marker, most(input.MaxItems), "InvalidParameterValueException");
      return { Aliases: items, NextMarker: next };
    },
  };

  function put(fn: Fn, name: string, given: Omit<Alias, "revision">): object {
    if (given.description.length > 256)
      throw unfit(given.description, "description", "Member must have length less than or equal to 256");
    check(account, fn, given);
    const alias = { ...given, revision: account.next() };
    functions.put(fn.name, { ...fn, aliases: { ...fn.aliases, [name]: alias } });
    return said(account, fn, name, alias);
  }
}

function check(account: Account, fn: Fn, { version, weights }: Omit<Alias, "revision">): void {
  const main = versionAt(account, { ...fn, aliases: {} }, version);
  const others = Object.entries(weights);
  if (others.length === 0) return;
  if (others.length > 1) throw invalid("Number of items in AdditionalVersionWeights cannot be greater than 1");
  if (version === "$LATEST") throw invalid("$LATEST is not supported for an alias pointing to more than 1 version");
  for (const [number, weight] of others) {
    if (number === version)
      throw invalid(
        `Invalid function version ${number}. Function version ${number} is already included in routing configuration.`,
      );
    if (!/^\d+$/.test(number))
      throw unfit(
        number,
        "routingConfig.additionalVersionWeights",
        "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [0-9]+]",
      );
    if (!(weight >= 0 && weight <= 1))
      throw unfit(
        weight,
        "routingConfig.additionalVersionWeights",
        "Map value must satisfy constraint: [Member must have value less than or equal to 1.0]",
      );
    const { settings } = versionAt(account, { ...fn, aliases: {} }, number);
    if (
      settings.Role !== main.settings.Role ||
      settings.DeadLetterConfig?.TargetArn !== main.settings.DeadLetterConfig?.TargetArn
    )
      throw invalid("Function versions of an alias must have the same execution role and the same dead-letter queue.");
  }
}

function said(account: Account, fn: Fn, name: string, { version, description, weights, revision }: Alias): object {
  return {
    AliasArn: functionArn(account, fn.name, name),
    Name: name,
    FunctionVersion: version,
    Description: description,
    RevisionId: uuidOf(revision),
    ...(Object.keys(weights).length === 0 ? {} : { RoutingConfig: { AdditionalVersionWeights: weights } }),
  };
}
