import { explain } from "../../api/explain.ts";
import { command, shared } from "../command.ts";
import { table } from "../format.ts";

export default command({
  name: "explain",
  summary: "Shows every final value of the configuration for a target, and where it came from.",
  args: [],
  options: { config: shared.config, target: shared.target, stage: shared.stage, set: shared.set },
  async run({ options }, io) {
    const values = await explain({
      config: options.config,
      target: options.target,
      set: options.set,
      ...(options.stage === undefined ? {} : { stage: options.stage }),
    });
    if (io.json) {
      io.document({ target: options.target, values });
      return;
    }
    for (const row of table(
      values.map((v) => [
        v.pointer,
        JSON.stringify(v.value),
        v.origin.layer,
        v.origin.file === undefined ? "" : `${v.origin.file}${v.origin.line === undefined ? "" : `:${v.origin.line}`}`,
      ]),
    ))
      io.line(row);
  },
});
