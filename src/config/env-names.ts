/** Names of environment variables that the platforms keep, and those that need no declaration. */

const RESERVED_PREFIXES = ["AWS_", "LAMBDA_", "FUNCTIONS_", "WEBSITE_", "K_", "FUNCTION_", "X_GOOGLE_", "FNPKG_"];
const RESERVED = new Set(["PORT", "PATH", "LD_PRELOAD", "LD_LIBRARY_PATH"]);
const PREALLOWED = new Set(["NODE_OPTIONS", "JAVA_TOOL_OPTIONS", "TZ"]);

/** Set by a target or by fnpkg, so no configuration may set it. Names are case-sensitive, as on every target. */
export function isReserved(name: string): boolean {
  return RESERVED.has(name) || RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** Settings of runtimes and telemetry, which no package declares. */
export function isPreallowed(name: string): boolean {
  return PREALLOWED.has(name) || name.startsWith("OTEL_");
}
