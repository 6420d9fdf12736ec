/** What the machine's own failures mean. */
import { type Explained, FnpkgError } from "fnpkg/adapter";
import { codeOf, ioError } from "./state/files.ts";

export function explain(cause: unknown): Explained | undefined {
  if (cause instanceof FnpkgError) return { code: cause.code, hint: cause.hint, retry: "never" };
  const code = codeOf(cause);
  if (code === undefined) return undefined;
  if (code === "EADDRINUSE") return { code: "E_PORT", retry: "never" };
  if (code === "ECONNREFUSED" || code === "ECONNRESET") return { code: "E_NETWORK", retry: "never" };
  return /^E[A-Z0-9]+$/.test(code) ? { code: "E_IO", hint: ioError(cause, "").hint, retry: "never" } : undefined;
}
