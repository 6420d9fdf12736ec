import { diff } from "../../api/package.ts";
import { command } from "../command.ts";

export default command({
  name: "diff",
  summary: "Shows what changed between two packages: fields, files, dependencies.",
  args: [
    { name: "A", help: "the earlier package" },
    { name: "B", help: "the later package" },
  ],
  options: {},
  async run({ args: [a = "", b = ""] }, io) {
    const found = await diff(a, b, { signal: io.signal });
    if (io.json) {
      io.document(found);
      return;
    }
    if (found.same) io.line("the packages are the same");
    for (const { path, from, to } of found.fields) io.line(`~ ${path}  ${JSON.stringify(from)} -> ${JSON.stringify(to)}`);
    const sign = { added: "+", removed: "-", changed: "~" } as const;
    for (const part of ["files", "dependencies"] as const) {
      for (const kind of ["added", "removed", "changed"] as const) {
        for (const name of found[part][kind])
          io.line(
            `${io.style(kind === "added" ? "green" : kind === "removed" ? "red" : "yellow", sign[kind])} ${part === "files" ? "" : "dependency "}${name}`,
          );
      }
    }
  },
});
