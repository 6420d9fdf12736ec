import { verify } from "../../api/package.ts";
import { command } from "../command.ts";
import { bytes, countOf } from "../format.ts";

export default command({
  name: "verify",
  summary: "Checks structure, manifest, every file's size and digest, and that nothing is missing or extra.",
  args: [{ name: "PACKAGE", help: "a .fnpkg file or a package folder" }],
  options: {
    digest: { type: "string", value: "sha256:…", help: "the package digest that it must have" },
    lock: { type: "boolean", help: "also compare the dependency list with the sealed lock file" },
  },
  async run({ args: [location = ""], options }, io) {
    const result = await verify(location, {
      lock: options.lock,
      signal: io.signal,
      ...(options.digest === undefined ? {} : { expect: { digest: options.digest } }),
    });
    if (io.json) io.document({ ok: true, digest: result.digest, name: result.name, version: result.version });
    else {
      io.line(
        `${io.style("green", "ok")} ${result.name}@${result.version}  ${countOf(result.files, "file")}, ${bytes(result.bytes)}`,
      );
      io.line(result.digest);
    }
  },
});
