/** HTTP APIs of this deployment: the API carries tags, and what stands in it is ours because the API is. */
import type { Api, Cors } from "@aws-sdk/client-apigatewayv2";
import type { Mark } from "fnpkg/adapter";
import { ifThere } from "../errors.ts";
import type { CorsProps } from "../resources.ts";
import { markIn } from "./marks.ts";
import { functionNamed } from "./owner.ts";
import { uses } from "./services.ts";
import { type Context, given, pages, together } from "./shared.ts";

/** All HTTP APIs of the region. */
export function apisOf(cx: Context): Promise<readonly Api[]> {
  return together(cx, "apis", () =>
    pages(
      (NextToken) => cx.client.gateway.getApis({ MaxResults: "500", ...(NextToken === undefined ? {} : { NextToken }) }, cx),
      ({ Items, NextToken }) => ({ items: Items, next: NextToken }),
    ),
  );
}

export async function ourApis(cx: Context): Promise<readonly Api[]> {
  if (!(await uses(cx, "apigateway"))) return [];
  return (await apisOf(cx)).filter(({ Tags }) => markIn(Tags ?? {})?.deployment === cx.deployment);
}

/** The mark of something that stands in an API. */
export async function markWithin(cx: Context, ApiId: string, id: string): Promise<Mark | null> {
  const mark = markIn((await apisOf(cx)).find((api) => api.ApiId === ApiId)?.Tags ?? {});
  return mark === null ? null : { ...mark, resource: id };
}

/** Everything of one sort that stands in an API; nothing when there is no such API. */
export async function within<Page, Item>(
  ask: (token: string | undefined) => Promise<Page>,
  of: (page: Page) => { readonly items: readonly Item[] | undefined; readonly next: string | undefined },
): Promise<readonly Item[]> {
  return (await ifThere(pages(ask, of))) ?? [];
}

/** The address that tags of something in API Gateway are written at; the partition is the function's. */
export async function tagArn(cx: Context, path: string): Promise<string> {
  const arn = (await functionNamed(cx, cx.deployment))?.Configuration?.FunctionArn ?? "arn:aws";
  return `${arn.split(":").slice(0, 2).join(":")}:apigateway:${cx.client.region}::${path}`;
}

export function corsOf(cors: Cors | undefined): CorsProps | null {
  if (cors === undefined || Object.keys(cors).length === 0) return null;
  const list = (values: readonly string[] | undefined) => (values === undefined || values.length === 0 ? null : values);
  return {
    AllowOrigins: cors.AllowOrigins ?? [],
    AllowMethods: cors.AllowMethods ?? [],
    AllowHeaders: list(cors.AllowHeaders),
    ExposeHeaders: list(cors.ExposeHeaders),
    MaxAge: cors.MaxAge ?? null,
    AllowCredentials: cors.AllowCredentials ?? false,
  };
}

export function corsFor(cors: CorsProps | null): Cors {
  if (cors === null) return {};
  const { AllowOrigins, AllowMethods, AllowHeaders, ExposeHeaders, MaxAge, AllowCredentials } = cors;
  const copy = (values: readonly string[] | null) => (values === null ? undefined : [...values]);
  return {
    AllowOrigins: [...AllowOrigins],
    AllowMethods: [...AllowMethods],
    AllowCredentials,
    ...given({ AllowHeaders: copy(AllowHeaders), ExposeHeaders: copy(ExposeHeaders), MaxAge }),
  };
}
