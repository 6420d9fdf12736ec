/** Which live things may not be touched, and why. */
import type { Lifecycle, Live, Mark } from "../contract.ts";
import { FnpkgError } from "../errors.ts";
import type { Problem } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { judge, ownership } from "./judge.ts";
import type { Run } from "./run.ts";
import { wantOf } from "./sight.ts";
import type { Sight } from "./sight.ts";

/** The mark that a resource shall carry. */
export function markOf(run: { readonly deployment: string }, packageName: string, id: string): Mark {
  return { deployment: run.deployment, package: packageName, resource: id };
}

/** Why a live thing may not be touched. */
export function problemOf<Client>(
  run: Run<Client>,
  input: { readonly package: string; readonly adopt: boolean },
  { kind, id }: { readonly kind: string; readonly id: string },
  live: Live | undefined,
  lifecycle?: Lifecycle<JsonObject, Client>,
  sight?: Sight<Client>,
): Problem[] {
  if (live === undefined) return [];
  const owner = ownership(live.mark, markOf(run, input.package, id));
  const refuse = (message: string, hint: string): Problem[] => [
    { code: "E_NOT_OURS", message: `${kind} "${id}" ${message}`, hint, target: run.adapter.name },
  ];
  const other = "Choose another name for this deployment, or remove the other one first.";
  switch (owner) {
    case "ours":
    case "moved":
      return [];
    case "other-deployment":
      return refuse(`belongs to the deployment "${live.mark?.deployment}"`, other);
    case "other-package":
      if (input.adopt) return [];
      return refuse(
        `was deployed under the same name from the package ${live.mark?.package}, not ${input.package}`,
        "Choose another name for this deployment, or take it over with `--adopt`.",
      );
    case "unmarked": {
      if (!input.adopt) return refuse("exists and was not made by fnpkg", "Choose another name, or take it over with `--adopt`.");
      if (lifecycle === undefined || sight === undefined) return refuse("is listed as owned but carries no mark", other);
      const verdict = judge(lifecycle, wantOf(sight), live);
      if (verdict.action === "update") return [];
      const where = verdict.changes.map(({ path }) => path).join(", ");
      return refuse(
        `can't be taken over: ${where === "" ? "its kind" : where} can't be changed in place`,
        "Remove it by hand, or choose another name.",
      );
    }
  }
}

/** For a thing that turns out not to be ours while the work is under way. */
export function raced(target: string, kind: string, id: string): FnpkgError {
  return new FnpkgError("E_CONFLICT", `${kind} "${id}" was made or changed by something else at the same time`, { target });
}
