/** Which keys a zod schema knows at a path: the candidates of "did you mean". */
import type { z } from "zod";

interface Def {
  readonly type: string;
  readonly shape?: Record<string, z.ZodType>;
  readonly innerType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
}

/** The keys that objects at `path` may have; none when the path leads nowhere. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const def = schema.def as unknown as Def;
  if (def.innerType !== undefined) return keysAt(def.innerType, path);
  if (def.options !== undefined) return [...new Set(def.options.flatMap((option) => keysAt(option, path)))];
  const [head, ...rest] = path;
  if (def.shape !== undefined) {
    if (head === undefined) return Object.keys(def.shape);
    const next = Object.hasOwn(def.shape, head) ? def.shape[String(head)] : undefined;
    return next === undefined ? [] : keysAt(next, rest);
  }
  const next = def.element ?? def.valueType;
  return head === undefined || next === undefined ? [] : keysAt(next, rest);
}
