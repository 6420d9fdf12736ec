import { permissions } from "../../api/permissions.ts";
import { command, shared } from "../command.ts";
import { located } from "../options.ts";

export default command({
  name: "permissions",
  summary: "Prints what the deployer must be allowed to do for this plan, in the vendor's form. Offline.",
  args: [{ name: "PACKAGE", help: "a .fnpkg file or a package folder" }],
  options: {
    config: shared.config,
    target: shared.target,
    stage: shared.stage,
    set: shared.set,
    operations: {
      type: "boolean",
      help: "also what invoke, logs, list, versions, promote, rollback and destroy --purge need",
    },
    "allow-plaintext-secret": shared["allow-plaintext-secret"],
  },
  async run({ args: [location = ""], options }, io) {
    const found = await permissions({
      ...located(options),
      package: location,
      operations: options.operations,
      allowPlaintextSecret: options["allow-plaintext-secret"],
      signal: io.signal,
    });
    if (io.json) {
      io.document(found);
      return;
    }
    if (found.policy !== null) {
      io.line(JSON.stringify(found.policy, null, 2));
      return;
    }
    if (found.actions.length === 0) io.line(`${found.target} needs no permissions beyond this user's own`);
    for (const action of found.actions) io.line(action);
  },
});
