/** The host's process. Its starter sends what it shall run; from then on it is on its own. */
import { FnpkgError, reasonOf } from "fnpkg/adapter";
import { Host } from "./host.ts";
import type { StartRequest } from "./requests.ts";

const host = new Host(process.argv[2] ?? "");
let asked = false;

process.once("message", (request: StartRequest) => {
  asked = true;
  host.start(request).then(
    () => tell({ ok: true }),
    (cause: unknown) => {
      const failure =
        cause instanceof FnpkgError ? cause : new FnpkgError("E_INTERNAL", `the host failed: ${reasonOf(cause)}`, { cause });
      void host.stop().then(() => tell({ ok: false, failure: failure.toJSON() }, () => process.exit(1)));
    },
  );
});
// Killed before it said anything: nobody knows of this process.
process.once("disconnect", () => {
  if (!asked) process.exit(1);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void host.stop().then(() => process.exit(0)));
process.on("SIGHUP", () => undefined);
for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (cause: unknown) => {
    host.fail(cause);
    process.exit(1);
  });
}

function tell(message: object, then: () => void = () => undefined): void {
  if (!process.connected || process.send === undefined) then();
  else process.send(message, () => then());
}
