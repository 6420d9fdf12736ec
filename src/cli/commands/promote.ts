import { promote } from "../../api/versions.ts";
import { command, shared } from "../command.ts";
import { moved } from "../moved.ts";
import { located } from "../options.ts";

export default command({
  name: "promote",
  summary: "Moves all traffic to a version, where the target has versions.",
  args: [{ name: "VERSION", help: "as `fnpkg versions` lists it" }],
  options: { config: shared.config, target: shared.target, stage: shared.stage, set: shared.set, timeout: shared.timeout },
  async run({ args: [version = ""], options }, io) {
    moved(await promote({ ...located(options), version, signal: io.signal, hardSignal: io.hard }), io);
  },
});
