/** From a command's options to the library's. */

interface ConfigWords {
  readonly config: string;
  readonly target: string;
  readonly stage: string | undefined;
  readonly set: readonly string[];
}

/** Which deployment: configuration, target, stage. */
export function located(words: ConfigWords): { config: string; target: string; stage?: string; set: readonly string[] } {
  return {
    config: words.config,
    target: words.target,
    set: words.set,
    ...(words.stage === undefined ? {} : { stage: words.stage }),
  };
}
