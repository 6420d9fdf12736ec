import { check } from "../../api/check.ts";
import { command, shared } from "../command.ts";
import { problemLines } from "../failure.ts";

export default command({
  name: "check",
  summary: "Finds every problem of package and configuration on each target at once. Offline, without credentials.",
  args: [{ name: "PACKAGE", help: "a .fnpkg file or a package folder" }],
  options: {
    config: shared.config,
    target: {
      ...shared.target,
      required: false,
      multiple: true,
      help: "a target to check; default all that the configuration names",
    },
    stage: shared.stage,
    set: shared.set,
    "allow-plaintext-secret": shared["allow-plaintext-secret"],
  },
  async run({ args: [location = ""], options }, io) {
    const result = await check({
      package: location,
      config: options.config,
      targets: options.target,
      set: options.set,
      allowPlaintextSecret: options["allow-plaintext-secret"],
      signal: io.signal,
      ...(options.stage === undefined ? {} : { stage: options.stage }),
    });
    if (io.json) io.document(result);
    for (const [name, { ok, problems, runtime }] of Object.entries(result.targets)) {
      const verdict = ok ? io.style("green", "ok") : io.style("red", "failed");
      io.line(`${verdict}  ${name}${runtime === undefined ? "" : `  ${runtime}`}`);
      for (const line of problemLines(problems, { targets: false })) io.line(`  ${line}`);
    }
    return result.ok ? 0 : 3;
  },
});
