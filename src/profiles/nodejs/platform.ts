/** npm's `os`, `cpu` and `libc` lists against the format's platforms. */
import type { Artifact, Platform } from "../../package/manifest.ts";

/** What a lock entry says of where it can be installed; absent lists mean anywhere. */
export interface Constraints {
  readonly os?: readonly string[] | undefined;
  readonly cpu?: readonly string[] | undefined;
  readonly libc?: readonly string[] | undefined;
}

const OS = { linux: "linux", darwin: "darwin", windows: "win32" } as const;
const CPU = { amd64: "x64", arm64: "arm64" } as const;
const OS_OF: Readonly<Record<string, string>> = { linux: "linux", darwin: "darwin", win32: "windows" };
const CPU_OF: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/** Every platform that the format can name; what fits none of them can never be installed. */
export const EVERY_PLATFORM: readonly Platform[] = (["linux", "darwin", "windows"] as const).flatMap((os) =>
  (["amd64", "arm64"] as const).map((architecture) => ({ os, architecture })),
);

/** npm's rule: a negated name excludes, any plain name must be met. */
function meets(value: string, list: readonly string[] | undefined): boolean {
  if (list === undefined || list.length === 0 || (list.length === 1 && list[0] === "any")) return true;
  let positive = false;
  for (const entry of list) {
    if (entry === `!${value}`) return false;
    if (!entry.startsWith("!")) {
      if (entry === value) return true;
      positive = true;
    }
  }
  return !positive;
}

/** Whether a constrained package can run there. The C library counts on linux only, and only where the platform names it. */
export function fits(constraints: Constraints, platform: Platform): boolean {
  if (!meets(OS[platform.os], constraints.os) || !meets(CPU[platform.architecture], constraints.cpu)) return false;
  return platform.os !== "linux" || platform.libc === undefined || meets(platform.libc, constraints.libc);
}

/** Whether any constraint is there: such a package is a prebuilt for some platforms. */
export function isConstrained(constraints: Constraints): boolean {
  return [constraints.os, constraints.cpu, constraints.libc].some(
    (list) => list !== undefined && list.length > 0 && list[0] !== "any",
  );
}

/** The tag for `artifacts[].platform`; a list that does not come down to one known name gives no tag. */
export function tagOf(constraints: Constraints): Artifact["platform"] {
  const os = single(constraints.os, OS_OF);
  const architecture = single(constraints.cpu, CPU_OF);
  const libc = single(constraints.libc, { glibc: "glibc", musl: "musl" }) as "glibc" | "musl" | undefined;
  if (os === undefined && architecture === undefined && libc === undefined) return undefined;
  return { ...(os && { os }), ...(architecture && { architecture }), ...(libc && { libc }) };
}

function single(list: readonly string[] | undefined, names: Readonly<Record<string, string>>): string | undefined {
  const only = list?.length === 1 ? list[0] : undefined;
  return only !== undefined && Object.hasOwn(names, only) ? names[only] : undefined;
}

/** "linux amd64 glibc", for messages. */
export function describe(platform: {
  os?: string | undefined;
  architecture?: string | undefined;
  libc?: string | undefined;
}): string {
  return [platform.os, platform.architecture, platform.libc].filter((part) => part !== undefined).join(" ");
}

/** "os darwin, cpu x64 or arm64", for messages. */
export function describeConstraints(constraints: Constraints): string {
  return (["os", "cpu", "libc"] as const)
    .flatMap((key) => (constraints[key]?.length ? [`${key} ${constraints[key].join(" or ")}`] : []))
    .join(", ");
}
