import { versions } from "../../api/versions.ts";
import { command, shared } from "../command.ts";
import { percent } from "../../api/traffic.ts";
import { table } from "../format.ts";
import { located } from "../options.ts";

export default command({
  name: "versions",
  summary: "Lists the versions of a deployment, where the target has them.",
  args: [],
  options: { config: shared.config, target: shared.target, stage: shared.stage, set: shared.set, timeout: shared.timeout },
  async run({ options }, io) {
    const found = await versions({ ...located(options), hardSignal: io.signal });
    if (io.json) io.document({ versions: found });
    for (const row of table(found.map((v) => [v.version, percent(v.traffic), v.created ?? "", v.packageDigest ?? ""])))
      io.line(row);
  },
});
