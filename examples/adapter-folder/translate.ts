/** From package and configuration to the wanted resources. Pure: the same input gives the same answer, offline. */
import type { ContentInfo, Resource, TranslateInput } from "fnpkg/adapter";
import type { Section } from "./config.ts";
import { type FunctionProps, functionKind, routeKind, type RouteProps } from "./resources.ts";

export function translate({ config }: TranslateInput<Section>, content: ContentInfo): readonly Resource[] {
  const { env, timeoutSeconds, triggers } = config;
  const main = { code: content.digest, env, timeoutSeconds } satisfies FunctionProps;
  const routes = triggers.flatMap((trigger): Resource[] => {
    if (trigger.type !== "http") return [];
    const { path, methods = [] } = trigger;
    const props = { path, methods, function: { "Fn::GetAtt": ["function", "folder"] } } satisfies RouteProps;
    return [{ kind: routeKind, id: `route-${trigger.name}`, props }];
  });
  return [{ kind: functionKind, id: "function", props: main }, ...routes];
}
