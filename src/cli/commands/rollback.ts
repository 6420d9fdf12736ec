import { given } from "../../api/options.ts";
import { rollback } from "../../api/versions.ts";
import { command, shared } from "../command.ts";
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
    digest: { type: "string", value: "sha256:…", help: "go back to this package" },
  },
  run: ({ args: [version], options }, io) =>
    rollback({ ...located(options), signal: io.signal, ...given({ version, digest: options.digest }) }),
});
