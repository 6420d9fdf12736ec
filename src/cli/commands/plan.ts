import { plan } from "../../api/plan.ts";
import { command, shared } from "../command.ts";
import { problemLines } from "../failure.ts";
import { shareOf } from "../args.ts";
import { located } from "../options.ts";
import { given } from "../../api/options.ts";
import { planLines, planMarkdown } from "../plan-text.ts";

export default command({
  name: "plan",
  summary: "Shows the steps that a deploy would take. Writes nothing to the target.",
  args: [{ name: "PACKAGE", help: "a .fnpkg file or a package folder" }],
  options: {
    config: shared.config,
    target: shared.target,
    stage: shared.stage,
    set: shared.set,
    timeout: shared.timeout,
    offline: { type: "boolean", help: "read nothing and plan from nothing" },
    adopt: { type: "boolean", help: "take over what exists without our mark" },
    replace: { type: "boolean", help: "allow replacing the function itself" },
    traffic: shared.traffic,
    archive: { type: "string", value: "FILE", help: "also write the vendor's archive" },
    markdown: { type: "boolean", help: "print a table for a pull request" },
    "allow-plaintext-secret": shared["allow-plaintext-secret"],
  },
  async run({ args: [location = ""], options }, io) {
    const traffic = shareOf(options.traffic, "--traffic");
    const { plan: made, warnings } = await plan({
      ...located(options),
      package: location,
      offline: options.offline,
      adopt: options.adopt,
      replace: options.replace,
      allowPlaintextSecret: options["allow-plaintext-secret"],
      hardSignal: io.signal,
      ...given({ archive: options.archive, traffic }),
    });
    for (const line of problemLines(warnings)) io.warn(line);
    if (io.json) io.document(made);
    else if (options.markdown) io.bytes(planMarkdown(made));
    else for (const line of planLines(made, io)) io.line(line);
  },
});
