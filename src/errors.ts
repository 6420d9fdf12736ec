/**
 * The one error class and the table of stable codes.
 *
 * Every failure that a user can meet carries a code from `codes`; its row says what it means, what to do, and which exit
 * status the command line ends with. `docs/errors.md` is generated from this table.
 */

/** 1 the vendor or the machine failed, 2 the command line is off, 3 invalid input, 4 refused, 130 interrupted. */
export type ExitStatus = 1 | 2 | 3 | 4 | 130;

interface CodeInfo {
  readonly exit: ExitStatus;
  readonly summary: string;
  /** What to do about it, when the place that throws has nothing more exact to say. */
  readonly hint: string;
}

export const codes = {
  // Command line and machine
  E_USAGE: { exit: 2, summary: "The command line is off.", hint: "Run `fnpkg help` or `fnpkg COMMAND --help`." },
  E_NOT_FOUND: { exit: 2, summary: "A file or folder named on the command line does not exist.", hint: "Check the path." },
  E_IO: {
    exit: 1,
    summary: "The machine could not read or write.",
    hint: "Check permissions and free space, then run it again.",
  },
  E_NETWORK: {
    exit: 1,
    summary: "A network address could not be reached.",
    hint: "Check the connection and proxy settings, then run it again.",
  },
  E_PORT: { exit: 1, summary: "The port is taken.", hint: "Choose another `port`, or leave it out for a free one." },
  E_TIMEOUT: {
    exit: 1,
    summary: "The time given was not enough.",
    hint: "Run it again, with a longer `--timeout` if needed; what was done stays done.",
  },
  E_INTERRUPTED: { exit: 130, summary: "Interrupted.", hint: "Run the same command again: it resumes where this one stopped." },
  E_PEER: { exit: 1, summary: "An optional package is not installed.", hint: "Install the package named in the message." },
  E_INTERNAL: { exit: 1, summary: "fnpkg itself failed.", hint: "Please report it with the message and the cause." },
  E_VENDOR: {
    exit: 1,
    summary: "The target answered with a failure.",
    hint: "Read the vendor's message; run it again once the cause is gone.",
  },

  // Archive and folder structure
  E_PATH: {
    exit: 3,
    summary: "A path is not allowed in a package.",
    hint: "Rename the file; see the path rules in docs/concepts.md.",
  },
  E_ENTRY_TYPE: {
    exit: 3,
    summary: "An entry is no regular file.",
    hint: "Packages hold regular files only: no links, devices or pipes.",
  },
  E_DUPLICATE: {
    exit: 3,
    summary: "The same path stands in it twice.",
    hint: "Pack it again; the archive was made by another tool.",
  },
  E_ZIP_MISMATCH: {
    exit: 3,
    summary: "The archive's headers disagree or entries overlap.",
    hint: "Do not use this archive. Pack it again, or download it again.",
  },
  E_ZIP_FRAMING: {
    exit: 3,
    summary: "The archive does not begin and end as one zip does.",
    hint: "Do not use this archive. Pack it again, or download it again.",
  },
  E_ZIP64: {
    exit: 3,
    summary: "The archive uses Zip64.",
    hint: "Packages stay below the size where it is needed. Pack it again with fnpkg.",
  },
  E_ZIP_FEATURE: {
    exit: 3,
    summary: "The archive uses a zip feature that packages may not use.",
    hint: "Pack it again with fnpkg.",
  },
  E_SIZE: {
    exit: 3,
    summary: "A size is not what was declared.",
    hint: "The bytes changed after packing. Pack it again, or download it again.",
  },
  E_LIMIT: {
    exit: 3,
    summary: "A limit of the package format is passed.",
    hint: "Make the package smaller, or raise the limit where the library is called.",
  },
  E_MODE: { exit: 3, summary: "An executable bit contradicts the manifest.", hint: "Pack it again." },
  E_COLLISION: { exit: 3, summary: "Two paths are the same on some file systems.", hint: "Rename one of them." },
  E_EXTRA: { exit: 3, summary: "A file is there that the manifest does not list.", hint: "Remove it, or pack again." },
  E_MISSING: { exit: 3, summary: "A file that the manifest lists is not there.", hint: "Pack it again, or download it again." },
  E_CHANGED: { exit: 3, summary: "A file changed while it was read.", hint: "Let the build finish, then run it again." },

  // Manifest
  E_DIGEST: {
    exit: 3,
    summary: "A digest is malformed or does not match the bytes.",
    hint: "The bytes changed after packing. Pack it again, or download it again.",
  },
  E_CANONICAL: {
    exit: 3,
    summary: "The manifest is not canonical JSON.",
    hint: "Never edit function-package.json; change the author file and pack again.",
  },
  E_KEY: { exit: 3, summary: "A key is not allowed.", hint: "Remove the key." },
  E_SPEC_UNSUPPORTED: {
    exit: 3,
    summary: "The document's specVersion is not supported.",
    hint: "Use a version of fnpkg that knows it.",
  },
  E_UNKNOWN_FIELD: { exit: 3, summary: "A field is unknown.", hint: "Remove it or correct its name." },
  E_SCHEMA: { exit: 3, summary: "A value does not fit the schema.", hint: "See docs/config.md for the field." },
  E_IDENTITY: {
    exit: 3,
    summary: "This is not the package that was asked for.",
    hint: "Check the name, version and digest in the configuration and the package.",
  },
  E_ENTRY_POINT: { exit: 3, summary: "The entry point is not there.", hint: "Correct `entryPoint` in the author file." },
  E_PROFILE: { exit: 3, summary: "This profile can't be packed yet.", hint: "Use the nodejs profile." },
  E_CREDENTIALS: {
    exit: 3,
    summary: "A file looks like credentials.",
    hint: "Remove it, exclude it, or name it under `allow` in the author file.",
  },
  E_BUILD: { exit: 3, summary: "The build step failed.", hint: "Correct the source or the `build` section of the author file." },

  // Dependencies
  E_UNPINNED: {
    exit: 3,
    summary: "A dependency is not pinned to bytes.",
    hint: "Use a registry version with an integrity digest in the lock file.",
  },
  E_LOCK: {
    exit: 3,
    summary: "The lock file and what is installed or packaged disagree.",
    hint: "Run `npm ci`, then pack again.",
  },
  E_REGISTRY: {
    exit: 3,
    summary: "An address is not one that artifacts may be fetched from.",
    hint: "Set `registries` in the configuration.",
  },
  E_RECORD: {
    exit: 3,
    summary: "An artifact's own file list does not match.",
    hint: "Get the artifact again from its registry.",
  },
  E_SCRIPT: {
    exit: 3,
    summary: "A dependency needs an install script.",
    hint: "Bundle it, or use a version with prebuilt packages; scripts are never run.",
  },
  E_PLATFORM: {
    exit: 3,
    summary: "A native file does not fit the target's platform.",
    hint: "Package the build for the target's architecture and C library.",
  },

  // Signatures
  E_SIGNATURE: { exit: 3, summary: "A required signature is missing or wrong.", hint: "Sign the package with a trusted key." },

  // Configuration
  E_YAML: {
    exit: 3,
    summary: "The YAML can't be read.",
    hint: "Correct it at the place named; anchors, tags and duplicate keys are not allowed.",
  },
  E_INTERPOLATION: {
    exit: 3,
    summary: "A placeholder can't be filled.",
    hint: "Set the variable, give a default `${env:NAME:-default}`, or write `$${` for a literal.",
  },
  E_ENV: {
    exit: 3,
    summary: "An environment variable's name or value is not allowed.",
    hint: "Use letters, digits and underscores.",
  },
  E_RESERVED_ENV: { exit: 3, summary: "An environment variable's name is reserved.", hint: "Choose another name." },
  E_UNDECLARED_ENV: {
    exit: 3,
    summary: "An environment variable is not declared by the package.",
    hint: "Declare it in `requires.env`, or set `undeclaredEnv: allow`.",
  },
  E_UNBOUND_ENV: { exit: 3, summary: "A required environment variable has no value.", hint: "Bind it under `env` or `secrets`." },
  E_UNBOUND_SERVICE: { exit: 3, summary: "A required service has no binding.", hint: "Bind its keys under `services`." },
  E_DUPLICATE_BINDING: { exit: 3, summary: "An environment variable is bound twice.", hint: "Keep one of the bindings." },
  E_PLAINTEXT_SECRET: {
    exit: 3,
    summary: "A secret is bound by a plain value.",
    hint: "Bind it under `secrets` with a reference.",
  },
  E_FORMAT: { exit: 3, summary: "A value does not have its declared format.", hint: "Correct the value." },
  E_RAW_CONFLICT: {
    exit: 3,
    summary: "`raw` touches what fnpkg sets itself.",
    hint: "Remove the key from `raw`, or the neutral field that sets it.",
  },
  E_STAGE: { exit: 3, summary: "The stage is unknown.", hint: "Use a stage that the configuration names." },
  E_TARGET: { exit: 3, summary: "The target is unknown or not configured.", hint: "Name it under `targets`." },
  E_RESOURCE: { exit: 3, summary: "A resource has no entry for this target.", hint: "Add it under `resources`." },
  E_POLICY: { exit: 3, summary: "A policy of the stage is not met.", hint: "Meet it, or deploy to another stage." },

  // Check
  E_RUNTIME: {
    exit: 3,
    summary: "No runtime version fits package and target.",
    hint: "Widen `requires.runtime`, or choose another target.",
  },
  E_CAPABILITY: {
    exit: 3,
    summary: "The target does not have this.",
    hint: "Leave it out for this target, or choose another target.",
  },
  E_TARGET_LIMIT: {
    exit: 3,
    summary: "The value is outside what the target takes.",
    hint: "Use one of the nearest legal values.",
  },
  E_BELOW_MINIMUM: { exit: 3, summary: "The value is below what the package needs.", hint: "Raise it." },
  E_TRIGGER: {
    exit: 3,
    summary: "Triggers and the package's signature do not fit.",
    hint: "http functions take one http trigger; cloudevent functions take event triggers.",
  },
  E_CRON: {
    exit: 3,
    summary: "The schedule can't be read or kept.",
    hint: "Use five POSIX fields: minute hour day month weekday.",
  },
  E_TIMEZONE: { exit: 3, summary: "The time zone is unknown.", hint: "Use an IANA name such as Europe/Berlin." },

  // Engine
  E_NOT_OURS: {
    exit: 4,
    summary: "It exists and is not marked as this deployment's.",
    hint: "Choose another name, or take it over with `--adopt`.",
  },
  E_CONFLICT: { exit: 4, summary: "Something else changed it at the same time.", hint: "Run it again." },
  E_PLAN: { exit: 4, summary: "The plan no longer holds.", hint: "Make a new plan and review it." },
  E_TRAFFIC: {
    exit: 4,
    summary: "The traffic can't be shared as asked: nothing serves beside the new version, or it serves already.",
    hint: "Deploy without `--traffic`, or another package.",
  },
  E_REPLACE: {
    exit: 4,
    summary: "The change would replace the function itself.",
    hint: "Its address and triggers would be lost; allow it with `--replace`.",
  },
  E_READ_BACK: {
    exit: 1,
    summary: "What was deployed is not what was planned.",
    hint: "Run `fnpkg status --verify`, then deploy again.",
  },
  E_NOT_DEPLOYED: { exit: 1, summary: "It is not deployed.", hint: "Deploy it first." },
  E_VERSION_EXISTS: { exit: 4, summary: "This version exists with other content.", hint: "Raise the version." },
  E_MEDIA_TYPE: { exit: 3, summary: "The media type is not the expected one.", hint: "Check the reference." },
  E_CONTRACT: { exit: 1, summary: "An adapter breaks the contract.", hint: "Report it to the adapter's author." },

  // Inside the function
  E_HANDLER: { exit: 1, summary: "The handler is not of the declared type, or failed.", hint: "See the function's log." },
  E_BATCH_RESULT: {
    exit: 1,
    summary: "The handler's batch result can't be used, so the whole batch failed.",
    hint: "Return each failed index once, as an integer within the batch.",
  },
  E_EVENT: {
    exit: 3,
    summary: "The event is no valid CloudEvent.",
    hint: "CloudEvents 1.0 need specversion, id, source and type.",
  },
} as const satisfies Record<string, CodeInfo>;

export type Code = keyof typeof codes;

/** One thing that is wrong, and where. All problems of a run are collected before it fails. */
export interface Problem {
  readonly code: Code;
  readonly message: string;
  /** JSON pointer (RFC 6901) into the document. */
  readonly pointer?: string;
  /** The document or entry it is about. */
  readonly file?: string;
  /** 1-based line in `file`. */
  readonly line?: number;
  /** The target it holds for; absent when it holds for all. */
  readonly target?: string;
  /** What to do. Defaults to the code's own hint. */
  readonly hint?: string;
  /** Defaults to `error`; a warning never fails a run. */
  readonly severity?: "error" | "warning";
}

/** The JSON form of a failure, as the command line prints it under `error`. */
export interface FailureDocument {
  readonly code: Code;
  readonly message: string;
  readonly hint: string;
  readonly problems: readonly Problem[];
}

export interface FnpkgErrorOptions extends Partial<Omit<Problem, "code" | "message" | "severity">> {
  readonly cause?: unknown;
  /** Given when one failure stands for several problems. */
  readonly problems?: readonly Problem[];
}

/** The only error class that fnpkg throws on purpose. */
export class FnpkgError extends Error {
  override readonly name = "FnpkgError";
  readonly code: Code;
  readonly hint: string;
  readonly problems: readonly Problem[];

  constructor(code: Code, message: string, options: FnpkgErrorOptions = {}) {
    const { cause, problems, hint, ...place } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint ?? codes[code].hint;
    this.problems = problems ?? [{ code, message, ...place, hint: this.hint }];
  }

  /** The exit status that the command line ends with. */
  get exit(): ExitStatus {
    return codes[this.code].exit;
  }

  toJSON(): FailureDocument {
    return { code: this.code, message: this.message, hint: this.hint, problems: this.problems };
  }
}

/** Adds the code's own hint where a problem has none. */
export function withHint(problem: Problem): Problem {
  return problem.hint === undefined ? { ...problem, hint: codes[problem.code].hint } : problem;
}

/** Only the problems that fail a run. */
export function errorsOf(problems: readonly Problem[]): Problem[] {
  return problems.filter((p) => p.severity !== "warning");
}

/**
 * One error for all collected problems; the first problem's code stands for them.
 * @throws FnpkgError when at least one problem is no warning.
 */
export function throwIfAny(problems: readonly Problem[], what: string): void {
  const errors = errorsOf(problems);
  const first = errors[0];
  if (first === undefined) return;
  const message = errors.length === 1 ? first.message : `${what}: ${errors.length} problems; the first: ${first.message}`;
  throw new FnpkgError(first.code, message, {
    problems: problems.map(withHint),
    ...(first.hint === undefined ? {} : { hint: first.hint }),
  });
}

/** Wraps a foreign failure once; an FnpkgError passes through unchanged. */
export function wrap(cause: unknown, code: Code, message: string, options: FnpkgErrorOptions = {}): FnpkgError {
  if (cause instanceof FnpkgError) return cause;
  return new FnpkgError(code, `${message}: ${reasonOf(cause)}`, { ...options, cause });
}

/** The one-line reason of anything thrown. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof Error) return (cause.message || cause.name).split("\n", 1)[0] ?? cause.name;
  return String(cause);
}
