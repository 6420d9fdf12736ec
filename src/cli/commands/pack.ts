import { given } from "../../api/options.ts";
import { pack, type PackProgress } from "../../api/package.ts";
import { command } from "../command.ts";
import { problemLines } from "../failure.ts";
import { bytes, countOf } from "../format.ts";
import type { Io } from "../io.ts";

/** At most ten updates a second, and only where they overwrite each other. */
function packProgress(io: Io): ((progress: PackProgress) => void) | undefined {
  if (!io.live) return undefined;
  let last = 0;
  return ({ done, total }) => {
    const now = performance.now();
    if (now - last < 100) return;
    last = now;
    io.progress(`packing  ${bytes(done)} of ${bytes(total)}`);
  };
}

export default command({
  name: "pack",
  summary: "Seals a folder that holds function-package.yaml into NAME-VERSION.fnpkg and prints the package digest.",
  args: [{ name: "FOLDER", help: "the author's folder" }],
  options: {
    out: {
      type: "string",
      value: "FILE",
      help: "where to write it (default NAME-VERSION.fnpkg here); a name ending in / makes the folder form",
    },
    store: { type: "boolean", help: "store instead of compressing: the same bytes on every machine" },
  },
  async run({ args: [folder = "."], options }, io) {
    const result = await pack({
      folder,
      store: options.store,
      signal: io.signal,
      ...given({ out: options.out, onProgress: packProgress(io) }),
    });
    const { warnings, ...document } = result;
    for (const line of problemLines(warnings)) io.warn(line);
    if (io.json) io.document(document);
    else {
      io.line(
        `${io.style("bold", `${result.name}@${result.version}`)}  ${countOf(result.files, "file")}, ${bytes(result.bytes)}`,
      );
      io.line(result.file);
      io.line(result.digest);
    }
  },
});
