/** The built-in targets by name. Nothing is loaded before it is asked for. */
import { FnpkgError, type Adapter, type Target } from "fnpkg/adapter";

/** What a target's folder exports: a whole adapter, or the part that `check` needs. */
type TargetModule = { readonly adapter: Adapter } | { readonly target: Target };

const modules = {
  local: () => import("./local/index.ts"),
  "aws-lambda": () => import("./aws-lambda/index.ts"),
  "google-cloud-functions": () => import("./google-cloud-functions/index.ts"),
  "azure-functions": () => import("./azure-functions/index.ts"),
} as const satisfies { readonly [name: string]: () => Promise<TargetModule> };

export type TargetName = keyof typeof modules;

/** The names that `targets` in a configuration may have. */
export const targetNames = Object.keys(modules) as readonly TargetName[];

/**
 * What `check` needs of a target: its section's schema and its limits.
 * @throws FnpkgError E_TARGET when no target has the name.
 */
export async function loadTarget(name: string): Promise<Target> {
  const found = await load(name);
  return "adapter" in found ? found.adapter : found.target;
}

/**
 * The whole adapter.
 * @throws FnpkgError E_TARGET when no target has the name, or it can only be checked.
 */
export async function loadAdapter(name: string): Promise<Adapter> {
  const found = await load(name);
  if ("adapter" in found) return found.adapter;
  throw new FnpkgError("E_TARGET", `${name} can be checked, this version can't deploy to it`, {
    target: name,
    hint: "Use `check` for it, and deploy to `local`.",
  });
}

async function load(name: string): Promise<TargetModule> {
  if (!isTargetName(name)) {
    throw new FnpkgError("E_TARGET", `there is no target "${name}"`, {
      target: name,
      hint: `Targets are: ${targetNames.join(", ")}.`,
    });
  }
  return modules[name]();
}

function isTargetName(name: string): name is TargetName {
  return Object.hasOwn(modules, name);
}
