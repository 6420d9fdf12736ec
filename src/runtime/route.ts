/** What of an http trigger is enforced inside the function. */
export interface HttpTrigger {
  /** Default `/{rest*}`: every path. `{name}` is one segment or a part of one, `{name*}` all that follows. */
  path?: string;
  /** Default: all. */
  methods?: readonly string[];
  cors?: Cors;
}

export interface Cors {
  /** Exact origins, or `*`. */
  origins?: readonly string[];
  /** Default: the trigger's methods, else the one that is asked for. */
  methods?: readonly string[];
  /** Request headers, or `*`. Default: none but the safe ones. */
  headers?: readonly string[];
  exposeHeaders?: readonly string[];
  /** Seconds. */
  maxAge?: number;
  /** Default false. `*` among the origins excludes it: no origin is then named. */
  credentials?: boolean;
}

/** A test of a URL's path against a trigger's pattern; percent-encoding of what needs none makes no difference. */
export function pathMatcher(pattern = "/{rest*}"): (path: string) => boolean {
  if (pattern === "/{rest*}") return () => true;
  let source = "";
  let last = 0;
  for (const part of pattern.matchAll(/\{[^{}]*\}/g)) {
    source += literal(pattern.slice(last, part.index));
    source += part[0].endsWith("*}") ? ".*" : "[^/]+";
    last = part.index + part[0].length;
  }
  const form = new RegExp(`^${source}${literal(pattern.slice(last))}$`, "s");
  return (path) => form.test(plain(path));
}

function literal(text: string): string {
  return plain(text).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

const encoded = /(?:%[0-9a-f]{2})+/gi;

/** One spelling of a path: decoded but for slashes, percent signs and what isn't UTF-8. */
function plain(path: string): string {
  if (!path.includes("%")) return path;
  return path.replace(encoded, (run) => {
    try {
      return decodeURIComponent(run.replace(/%(2f|25|5c)/gi, "%25$1")).replace(/%(2f|25|5c)/gi, (kept) => kept.toUpperCase());
    } catch {
      return run;
    }
  });
}
