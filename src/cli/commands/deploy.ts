import { deployAll, readDeployments, type DeployTask } from "../../api/deploy-all.ts";
import { FnpkgError } from "../../errors.ts";
import { durationOf } from "../args.ts";
import { command, shared } from "../command.ts";
import { eventPrinter } from "../events.ts";
import { problemLines } from "../failure.ts";
import { given } from "../../api/options.ts";

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
    traffic: { type: "string", value: "N%", help: "give the new version this share, where the target has versions" },
    "allow-plaintext-secret": shared["allow-plaintext-secret"],
  },
  async run({ args: [location], options }, io) {
    const tasks = options.all === undefined ? single(location, options) : await readDeployments(options.all);
    if (options.all !== undefined && (location !== undefined || options.target.length > 0 || options.config !== undefined)) {
      throw new FnpkgError("E_USAGE", "--all goes without PACKAGE, --config and --target");
    }
    io.signal.addEventListener("abort", () => io.note("\nfinishing the call in flight; Ctrl-C once more stops at once"));
    const outcome = await deployAll({
      tasks,
      set: options.set,
      adopt: options.adopt,
      replace: options.replace,
      allowPlaintextSecret: options["allow-plaintext-secret"],
      signal: io.signal,
      hardSignal: io.hard,
      onEvent: eventPrinter(io, { label: tasks.length > 1 }),
      onWarning: (problem) => problemLines([problem]).forEach((line) => io.note(line)),
      ...given({
        stage: options.stage,
        plan: options.plan,
        traffic: options.traffic,
        timeoutMs: durationOf(options.timeout, "--timeout"),
      }),
    });
    for (const { task, receipt, changed, error } of outcome.results) {
      if (receipt !== undefined) {
        const address = receipt.url === null ? "" : `  ${receipt.url}`;
        io.line(`${io.style("green", changed ? "deployed" : "unchanged")} ${receipt.deployment} on ${receipt.target}${address}`);
      } else if (error !== undefined && outcome.results.length > 1) {
        io.line(`${io.style("red", "failed")} ${task.package} on ${task.target}: ${error.code}`);
      }
    }
    if (outcome.error !== undefined) throw outcome.error;
  },
});

function single(location: string | undefined, options: { config: string | undefined; target: readonly string[] }): DeployTask[] {
  const problems = [
    ...(location === undefined ? ["PACKAGE is missing"] : []),
    ...(options.config === undefined ? ["--config FILE is missing"] : []),
    ...(options.target.length === 0 ? ["--target NAME is missing"] : []),
  ].map((message) => ({ code: "E_USAGE" as const, message, hint: "Run `fnpkg deploy --help`." }));
  if (location === undefined || options.config === undefined || problems.length > 0) {
    throw new FnpkgError("E_USAGE", "the command line is off", { problems });
  }
  const { config } = options;
  return options.target.map((target) => ({ package: location, config, target }));
}
