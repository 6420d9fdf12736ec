import { inspect } from "../../api/package.ts";
import { command } from "../command.ts";
import { bytes, table } from "../format.ts";

export default command({
  name: "inspect",
  summary: "Shows what is in a package: manifest, requirements, dependencies, the largest files.",
  args: [{ name: "PACKAGE", help: "a .fnpkg file or a package folder" }],
  options: {},
  async run({ args: [location = ""] }, io) {
    const found = await inspect(location, { signal: io.signal });
    if (io.json) {
      io.document(found);
      return;
    }
    const { manifest } = found;
    const heading = (text: string) => io.style("bold", text);
    io.line(`${heading(`${manifest.name}@${manifest.version}`)}  ${manifest.profile}, ${manifest.signature.type}`);
    io.line(found.digest);
    if (manifest.description !== undefined) io.line(manifest.description);
    io.line();
    io.line(heading("entry point"));
    io.line(`  ${JSON.stringify(manifest.entryPoint)}`);
    io.line(heading("requires"));
    for (const [name, value] of Object.entries(manifest.requires)) io.line(`  ${name}: ${JSON.stringify(value)}`);
    io.line(heading(`dependencies (${manifest.dependencies.packages.length})`));
    for (const row of table(
      manifest.dependencies.packages.filter((d) => d.direct).map((d) => ["", d.name, d.version, d.delivery]),
    ))
      io.line(row);
    io.line(heading(`files (${manifest.files.length}, ${bytes(found.bytes)}), the largest:`));
    for (const row of table(found.largest.map((f) => ["", f.path, bytes(f.size)]))) io.line(row);
  },
});
