/** Whether the package is the one that the configuration is for, and meets the stage's policy. */
import semver from "semver";
import type { Manifest } from "../package/manifest.ts";
import type { Cx } from "./cx.ts";
import type { Settings } from "./settings.ts";

/** Name, version and digest: E_IDENTITY. */
export function checkIdentity(cx: Cx, pinned: Settings["package"], manifest: Manifest, digest: string): void {
  const { name, version } = manifest;
  if (pinned.name !== undefined && pinned.name !== name) {
    cx.report("E_IDENTITY", `the configuration is for the package ${cx.show(["package", "name"])}; this is "${name}"`, [
      "package",
      "name",
    ]);
  }
  if (pinned.version !== undefined) {
    const range = semver.validRange(pinned.version);
    if (range === null || pinned.version.includes("+")) {
      cx.report("E_SCHEMA", `not a version or range: ${cx.show(["package", "version"])}`, ["package", "version"], {
        hint: "Give an exact version such as 1.4.2, or a range such as ^1.4.",
      });
    } else if (!semver.satisfies(version, pinned.version)) {
      cx.report(
        "E_IDENTITY",
        `the package has version ${version}; the configuration asks for ${cx.show(["package", "version"])}`,
        ["package", "version"],
      );
    }
  }
  if (pinned.digest !== undefined && pinned.digest !== digest) {
    cx.report("E_IDENTITY", `the package's digest is ${digest}; the configuration pins ${cx.show(["package", "digest"])}`, [
      "package",
      "digest",
    ]);
  }
}

export interface Policies {
  readonly trust?: { readonly keys: readonly string[]; readonly threshold: number; readonly required: boolean };
  readonly policy: { readonly requireDigest: boolean; readonly requireSignature: boolean };
}

/** E_POLICY, E_SIGNATURE. */
export function checkPolicy(cx: Cx, settings: Settings): Policies {
  const policy = {
    requireDigest: settings.policy?.requireDigest ?? false,
    requireSignature: settings.policy?.requireSignature ?? false,
  };
  if (policy.requireDigest && cx.value(["package", "digest"]) === undefined) {
    cx.report(
      "E_POLICY",
      "the policy requires the package's digest, and the configuration does not pin it",
      ["policy", "requireDigest"],
      {
        hint: "Give `package.digest`; `fnpkg verify` prints it.",
      },
    );
  }
  if (policy.requireSignature) {
    cx.report(
      "E_POLICY",
      "the policy requires a signed package, and this version of fnpkg can't verify signatures",
      ["policy", "requireSignature"],
      {
        hint: "Pin `package.digest` and leave `requireSignature` out, or use a version of fnpkg that verifies signatures.",
      },
    );
  }
  if (settings.trust === undefined) return { policy };
  const { keys, threshold = 1, required = keys.length > 0 } = settings.trust;
  if (threshold > Math.max(keys.length, 1)) {
    cx.report("E_SCHEMA", `a threshold of ${threshold} can't be met by ${keys.length} key${keys.length === 1 ? "" : "s"}`, [
      "trust",
      "threshold",
    ]);
  }
  if (required) {
    const at = settings.trust.required === undefined ? ["trust", "keys"] : ["trust", "required"];
    cx.report("E_SIGNATURE", "`trust` requires a signature, and this version of fnpkg can't verify signatures", at, {
      hint: "Set `trust: { required: false }` and pin `package.digest`, or use a version of fnpkg that verifies signatures.",
    });
  }
  return { trust: { keys, threshold, required }, policy };
}
