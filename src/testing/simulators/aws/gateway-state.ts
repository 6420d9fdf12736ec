/** What API Gateway keeps, and how it is found. */
import type { Members } from "./gateway-checks.ts";
import { page, said } from "./inputs.ts";
import { type Account, AwsFailure } from "./service.ts";
import type { Shelf, Things } from "./things.ts";

export interface Thing {
  readonly members: Members;
  readonly tags: { readonly [key: string]: string };
}

export const sorts = ["apis", "integrations", "routes", "stages"] as const;
export type Sort = (typeof sorts)[number];

/** APIs by id, the others by `API/ID` and `API/STAGE`. */
export type State = { readonly [sort in Sort]: Shelf<Thing> };
export type All = { readonly [sort in Sort]: Things<Thing> };

export type Input = Members & { readonly apiId: string; readonly maxResults?: string; readonly nextToken?: string };

const words: { readonly [sort in Sort]: string } = { apis: "API", integrations: "Integration", routes: "Route", stages: "Stage" };

/** How many of a list are answered when nobody says. */
const perPage = 25;

/** As it is, or as a read sees it. */
export function found(all: All, sort: Sort, key: string, how: "get" | "seen" = "get"): Thing {
  const thing = all[sort][how](key);
  if (thing === undefined)
    throw new AwsFailure(404, "NotFoundException", `Invalid ${words[sort]} identifier specified ${key.split("/").at(-1)}`);
  return thing;
}

/** Everything of a sort that stands in an API. */
export function within(
  all: All,
  sort: Sort,
  apiId: string,
  how: "all" | "allSeen" = "all",
): readonly (readonly [string, Thing])[] {
  return all[sort][how]().filter(([key]) => key.startsWith(`${apiId}/`));
}

export function listed(
  things: readonly (readonly [string, Thing])[],
  { maxResults = String(perPage), nextToken }: Partial<Input>,
) {
  const most = Number(maxResults);
  if (!Number.isInteger(most) || most < 1) throw new AwsFailure(400, "BadRequestException", "Invalid value for maxResults");
  const { items, next } = page(things, nextToken, most, "BadRequestException");
  return said({ items: items.map(([, { members }]) => members), nextToken: next });
}

/** Ten letters and digits. */
export function newId(account: Account): string {
  return account.next().toString(36).padStart(10, "a");
}

/** As API Gateway writes a time. */
export function timeOf(account: Account): string {
  return new Date(account.around.now()).toISOString().replace(/\.\d+Z$/, "Z");
}
