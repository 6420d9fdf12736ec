/** From a command's options to the library's. */
import { durationOf } from "./args.ts";

interface ConfigWords {
  readonly config: string;
  readonly target: string;
  readonly stage: string | undefined;
  readonly set: readonly string[];
  readonly timeout?: string | undefined;
}

interface LocatedOptions {
  readonly config: string;
  readonly target: string;
  readonly stage?: string;
  readonly set: readonly string[];
  readonly timeoutMs?: number;
}

/** Which deployment: configuration, target, stage; and how long the command may take. @throws E_USAGE */
export function located(words: ConfigWords): LocatedOptions {
  const timeoutMs = durationOf(words.timeout, "--timeout");
  return {
    config: words.config,
    target: words.target,
    set: words.set,
    ...(words.stage === undefined ? {} : { stage: words.stage }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}
