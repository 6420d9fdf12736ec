export type RuntimeErrorCode = "E_BATCH_RESULT" | "E_ENTRY_POINT" | "E_EVENT" | "E_HANDLER";

/** What goes wrong inside a function, told apart by `code`. */
export class RuntimeError extends Error {
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "RuntimeError";
    this.code = code;
  }
}

/** The message of anything that can be thrown; never throws itself. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.message}` || thrown.name : String(thrown);
  } catch {
    return "a value that can't be printed";
  }
}
