/** The built-in targets by name. Nothing is loaded before it is asked for. */
import { FnpkgError, type Adapter, type Target } from "fnpkg/adapter";

const modules = {
  local: () => import("./local/index.ts"),
  "aws-lambda": () => import("./aws-lambda/index.ts"),
  "google-cloud-functions": () => import("./google-cloud-functions/index.ts"),
  "azure-functions": () => import("./azure-functions/index.ts"),
} as const satisfies { readonly [name: string]: () => Promise<{ readonly adapter: Adapter }> };

export type TargetName = keyof typeof modules;

/** The names that `targets` in a configuration may have. */
export const targetNames = Object.keys(modules) as readonly TargetName[];

/**
 * What `check` needs of a target: its section's schema and its limits.
 * @throws FnpkgError E_TARGET when no target has the name.
 */
export async function loadTarget(name: string): Promise<Target> {
  return loadAdapter(name);
}

/**
 * The whole adapter.
 * @throws FnpkgError E_TARGET when no target has the name.
 */
export async function loadAdapter(name: string): Promise<Adapter> {
  if (!isTargetName(name)) {
    throw new FnpkgError("E_TARGET", `there is no target "${name}"`, {
      target: name,
      hint: `Targets are: ${targetNames.join(", ")}.`,
    });
  }
  return (await modules[name]()).adapter;
}

function isTargetName(name: string): name is TargetName {
  return Object.hasOwn(modules, name);
}
