/** The end of `promote` and `rollback`: what serves now. */
import type { Receipt } from "../engine/index.ts";
import type { Io } from "./io.ts";

export function moved(receipt: Receipt, io: Io): void {
  const { target, deployment, packageDigest, url } = receipt;
  if (io.json) io.document({ event: "receipt", target, deployment, receipt });
  io.line(`${io.style("green", "moved")} ${deployment} on ${target} to ${packageDigest}${url === null ? "" : `  ${url}`}`);
}
