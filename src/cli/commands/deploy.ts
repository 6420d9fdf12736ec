import { deployAll, readDeployments, type DeployTask } from "../../api/deploy-all.ts";
import { given } from "../../api/options.ts";
import { FnpkgError, throwIfAny, type Problem } from "../../errors.ts";
import { durationOf, shareOf } from "../args.ts";
import { command, shared } from "../command.ts";
import { eventPrinter } from "../events.ts";
import { problemLines } from "../failure.ts";
import { printResult, printSummary } from "../summary.ts";

export default command({
  name: "deploy",
  summary: "Makes the target what package and configuration say: plan, apply, read back. Nothing changed, nothing is written.",
  args: [{ name: "PACKAGE", help: "a .fnpkg file or a package folder", optional: true }],
  options: {
    config: { ...shared.config, required: false },
    target: { ...shared.target, required: false, multiple: true, help: "where to; several are deployed in parallel" },
    all: { type: "string", value: "FILE", help: "deploy many functions: FILE lists { package, config, targets, stage }" },
    stage: shared.stage,
    set: shared.set,
    timeout: shared.timeout,
    plan: { type: "string", value: "DIGEST", help: "refuse when the plan is no longer the one with this digest" },
    adopt: { type: "boolean", help: "take over what exists without our mark" },
    replace: { type: "boolean", help: "allow replacing the function itself" },
    traffic: shared.traffic,
    "allow-plaintext-secret": shared["allow-plaintext-secret"],
  },
  async run({ args: [location], options }, io) {
    const timeoutMs = durationOf(options.timeout, "--timeout");
    const traffic = shareOf(options.traffic, "--traffic");
    refuse(location, options);
    const { all, plan } = options;
    const tasks = all === undefined ? tasksOf(location, options) : await readDeployments(all);
    io.signal.addEventListener("abort", () => io.note("finishing the call in flight; Ctrl-C once more stops at once"));
    const outcome = await deployAll({
      tasks,
      set: options.set,
      adopt: options.adopt,
      replace: options.replace,
      allowPlaintextSecret: options["allow-plaintext-secret"],
      signal: io.signal,
      hardSignal: io.hard,
      onEvent: eventPrinter(io, { label: tasks.length > 1 }),
      onWarning: (problem) => problemLines([problem]).forEach((line) => io.warn(line)),
      ...given({ stage: options.stage, plan, traffic, timeoutMs }),
    });
    for (const result of outcome.results) printResult(result, io, { alone: tasks.length === 1 && all === undefined });
    if (all !== undefined) printSummary(outcome, io);
    if (outcome.error !== undefined) throw outcome.error;
  },
});

interface Words {
  readonly config: string | undefined;
  readonly target: readonly string[];
  readonly all: string | undefined;
  readonly plan: string | undefined;
}

/** @throws E_USAGE with everything that does not go together */
function refuse(location: string | undefined, { config, target, all, plan }: Words): void {
  const problems: Problem[] = [];
  const wrong = (message: string, hint = "Run `fnpkg deploy --help`.") => problems.push({ code: "E_USAGE", message, hint });
  if (all !== undefined) {
    if (location !== undefined || target.length > 0 || config !== undefined)
      wrong("--all goes without PACKAGE, --config and --target", "Name them in the file that --all reads.");
    if (plan !== undefined) wrong("--plan goes without --all", "A plan's digest is of one deployment: deploy it by itself.");
  } else {
    if (location === undefined) wrong("PACKAGE is missing: a .fnpkg file or a package folder");
    if (config === undefined) wrong("--config FILE is missing: the runtime configuration");
    if (target.length === 0) wrong("--target NAME is missing: where to");
    if (plan !== undefined && new Set(target).size > 1)
      wrong("--plan goes with one --target", "A plan's digest is of one deployment: deploy to each target by itself.");
  }
  throwIfAny(problems, "the command line is off");
}

function tasksOf(location: string | undefined, { config, target }: Words): DeployTask[] {
  if (location === undefined || config === undefined) throw new FnpkgError("E_USAGE", "PACKAGE and --config are missing");
  return [...new Set(target)].map((name) => ({ package: location, config, target: name }));
}
