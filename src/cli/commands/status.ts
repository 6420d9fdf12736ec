import { status } from "../../api/status.ts";
import { command, shared } from "../command.ts";
import { percent } from "../../api/traffic.ts";
import { located } from "../options.ts";
import { given } from "../../api/options.ts";

export default command({
  name: "status",
  summary:
    "Shows what is deployed and how it is. With --verify it compares what is live with its marks, and with PACKAGE when given.",
  args: [{ name: "PACKAGE", help: "the package that should be live; implies --verify", optional: true }],
  options: {
    config: shared.config,
    target: shared.target,
    stage: shared.stage,
    set: shared.set,
    timeout: shared.timeout,
    verify: { type: "boolean", help: "end with 4 when what is live is not what was deployed" },
    "allow-plaintext-secret": shared["allow-plaintext-secret"],
  },
  async run({ args: [location], options }, io) {
    const verify = options.verify || location !== undefined;
    const found = await status({
      ...located(options),
      verify,
      allowPlaintextSecret: options["allow-plaintext-secret"],
      hardSignal: io.signal,
      ...given({ package: location }),
    });
    if (io.json) io.document(found);
    io.line(
      `${io.style("bold", `${found.target} ${found.deployment}`)}  ${found.state}${found.url === null ? "" : `  ${found.url}`}`,
    );
    if (found.packageDigest !== null)
      io.line(
        `  package ${found.packageDigest}${found.traffic === undefined ? "" : `  with ${percent(found.traffic)} of the traffic`}`,
      );
    if (found.configDigest !== null) io.line(`  config  ${found.configDigest}`);
    for (const { kind, id, state } of found.resources) io.line(`  ${state.padEnd(8)} ${kind}  ${id}`);
    for (const { id, path, expected, live } of found.drift)
      io.line(
        `  ${io.style("yellow", "drift")}    ${id} ${path}: ${JSON.stringify(expected)} wanted, ${JSON.stringify(live)} live`,
      );
    if (location === undefined && found.packageDigest !== null)
      io.note(`compared with ${verify ? "its marks only" : "nothing"}; name the package to compare every setting with it`);
    return found.drift.length > 0 && verify ? 4 : 0;
  },
});
