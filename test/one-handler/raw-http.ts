/** One request over a socket, as it is written, and its answer as it came. */
import { request } from "node:http";
import type { Answer, Call } from "./target.ts";

export function send(port: number | string, { method, path, headers = [], body }: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const all = [...headers, ...(body === undefined ? [] : [["content-length", String(body.length)] as const])];
    // A list of headers is sent as it is, without one for the host.
    const given = [["host", `127.0.0.1:${port}`], ...all].flat();
    const outgoing = request({ host: "127.0.0.1", port, method, path, headers: given, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      const done = (broken: boolean) =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: pairs(answer.rawHeaders),
          body: Buffer.concat(chunks),
          ...(broken ? { broken } : {}),
        });
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", () => done(true));
      answer.on("end", () => done(false));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function pairs(raw: readonly string[]): [string, string][] {
  const list: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) list.push([(raw[i] ?? "").toLowerCase(), raw[i + 1] ?? ""]);
  return list;
}
