import { given } from "../../api/options.ts";
import { rollback } from "../../api/versions.ts";
import { FnpkgError } from "../../errors.ts";
import { command, shared } from "../command.ts";
import { moved } from "../moved.ts";
import { located } from "../options.ts";

export default command({
  name: "rollback",
  summary: "Goes back to an earlier version, where the target has versions; without VERSION one back.",
  args: [{ name: "VERSION", help: "as `fnpkg versions` lists it", optional: true }],
  options: {
    config: shared.config,
    target: shared.target,
    stage: shared.stage,
    set: shared.set,
    timeout: shared.timeout,
    digest: { type: "string", value: "sha256:…", help: "go back to this package" },
  },
  async run({ args: [version], options }, io) {
    const { digest } = options;
    if (version !== undefined && digest !== undefined) throw new FnpkgError("E_USAGE", "VERSION and --digest exclude each other");
    const to = given({ version, digest });
    moved(await rollback({ ...located(options), ...to, signal: io.signal, hardSignal: io.hard }), io);
  },
});
