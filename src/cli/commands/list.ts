import { list } from "../../api/list.ts";
import { percent } from "../../api/traffic.ts";
import { command, shared } from "../command.ts";
import { table } from "../format.ts";
import { located } from "../options.ts";

export default command({
  name: "list",
  summary: "Lists what fnpkg owns in the target's account and region.",
  args: [],
  options: { config: shared.config, target: shared.target, stage: shared.stage, set: shared.set, timeout: shared.timeout },
  async run({ options }, io) {
    const deployments = await list({ ...located(options), hardSignal: io.signal });
    if (io.json) {
      io.document({ target: options.target, deployments });
      return;
    }
    if (deployments.length === 0) io.line("nothing is deployed");
    for (const row of table(
      deployments.map((d) => [
        d.deployment,
        d.package,
        d.state,
        d.url ?? "",
        d.packageDigest?.slice(0, 19) ?? "",
        d.traffic === undefined ? "" : `${percent(d.traffic)} of the traffic`,
      ]),
    ))
      io.line(row);
  },
});
