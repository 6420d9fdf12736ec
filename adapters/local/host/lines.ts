/** What a process prints, line by line, however long a line gets. */
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** Calls `onLine` for each line, without its end; of one longer than `longest` characters only that many are kept. */
export function eachLine(input: Readable, longest: number, onLine: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let line = "";
  let open = false;
  const add = (part: string) => {
    open = true;
    if (line.length < longest) line += part.slice(0, longest - line.length);
  };
  const end = () => {
    const whole = line.endsWith("\r") ? line.slice(0, -1) : line;
    line = "";
    open = false;
    onLine(whole);
  };
  const take = (text: string) => {
    let from = 0;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", from)) {
      add(text.slice(from, at));
      end();
      from = at + 1;
    }
    if (from < text.length) add(text.slice(from));
  };
  input.on("data", (chunk: Buffer) => take(decoder.write(chunk)));
  input.once("end", () => {
    take(decoder.end());
    if (open) end();
  });
}
