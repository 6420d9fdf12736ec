/** Where functions on an emulator tell a test what they got, at once. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Collector<T> {
  /** For the variable `COLLECTOR` of the function. */
  readonly url: string;
  /** What was told so far. */
  readonly got: readonly T[];
  /** Resolves with what was told, once it is enough; rejects in time, with what there is. */
  until(enough: (got: readonly T[]) => boolean, withinMs?: number): Promise<readonly T[]>;
  close(): void;
}

/** Source of a function's module: `await tell(env, value)`. */
export const tell = `
const tell = (env, value) => fetch(env.COLLECTOR, { method: "POST", body: JSON.stringify(value) });
`;

export async function startCollector<T>(): Promise<Collector<T>> {
  const got: T[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      got.push(JSON.parse(Buffer.concat(chunks).toString()) as T);
      outgoing.end();
      waiting.forEach((look) => look());
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    got,
    until: (enough, withinMs = 90_000) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!enough(got)) return;
          waiting.delete(look);
          clearTimeout(late);
          resolve(got);
        };
        const late = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`after ${withinMs} ms only ${JSON.stringify(got)}`));
        }, withinMs);
        waiting.add(look);
        look();
      }),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
