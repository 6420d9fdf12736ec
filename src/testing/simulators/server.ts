/**
 * A simulated vendor on 127.0.0.1. Every host that it names in its answers gets a port of its own: the names are replaced on the
 * way out and put back on the way in, so that the vendor sees nothing of it.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Arrival, Vendor, WireAnswer, WireRequest } from "./wire.ts";

export interface Listening {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** Where a host of the vendor's listens: `127.0.0.1:PORT`. */
  addressOf(host: string): string | undefined;
  close(): Promise<void>;
}

type Send = (request: WireRequest) => Promise<Arrival>;

export async function listen(vendor: Vendor, send: Send): Promise<Listening> {
  const servers: Server[] = [];
  /** From a host of the vendor's to where it listens. */
  const hosts = new Map<string, string>();
  const open = async (host: string | undefined): Promise<string> => {
    const server = createServer((incoming, outgoing) => void serve(host, incoming, outgoing));
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    if (host !== undefined) hosts.set(host, address);
    return address;
  };
  const openNew = async () => {
    for (const host of vendor.authorities()) if (!hosts.has(host)) await open(host);
  };
  const outward = (text: string) => {
    let said = text;
    for (const [host, address] of longestFirst(hosts))
      said = said.replaceAll(`https://${host}`, `http://${address}`).replaceAll(host, address);
    return said;
  };
  const inward = (text: string) => {
    let said = text;
    for (const [host, address] of hosts) said = said.replaceAll(`http://${address}`, `https://${host}`).replaceAll(address, host);
    return said;
  };

  async function serve(host: string | undefined, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const bytes = Buffer.concat(chunks);
      const named = Object.entries(incoming.headers).map(([name, value]) => [name, inward([value ?? ""].flat().join(", "))]);
      const headers = Object.fromEntries(named) as { [name: string]: string };
      const base = host === undefined ? `http://${incoming.headers.host}` : `https://${host}`;
      const arrival = await send({
        method: incoming.method ?? "GET",
        url: new URL(inward(incoming.url ?? "/"), base),
        headers: host === undefined ? headers : { ...headers, host },
        body: isText(headers["content-type"]) ? Buffer.from(inward(bytes.toString())) : bytes,
      });
      await openNew();
      if (arrival.heard === "nothing") incoming.socket.destroy();
      else reply(arrival.answer, arrival.heard === "part", outgoing);
    } catch (cause) {
      // A caller that went away in the middle of its request, or a mistake of the vendor's.
      if (!outgoing.headersSent) outgoing.writeHead(500, { "content-type": "text/plain" });
      outgoing.end(`the simulator failed: ${String(cause)}`);
    }
  }

  function reply({ status, headers = {}, body = "" }: WireAnswer, part: boolean, outgoing: ServerResponse): void {
    const bytes = typeof body === "string" ? Buffer.from(outward(body)) : body;
    const named = Object.entries(headers).map(([name, value]) => [name, outward(value)]);
    const length = status === 204 ? {} : { "content-length": String(bytes.byteLength) };
    outgoing.writeHead(status, { ...(Object.fromEntries(named) as object), ...length });
    if (!part) {
      outgoing.end(bytes);
      return;
    }
    outgoing.write(bytes.subarray(0, Math.floor(bytes.byteLength / 2)), () => outgoing.socket?.destroy());
    outgoing.flushHeaders();
  }

  const address = await open(undefined);
  await openNew();
  return {
    endpoint: `http://${address}`,
    addressOf: (host) => hosts.get(host),
    async close() {
      await Promise.all(
        servers.map((server) => {
          server.closeAllConnections();
          return new Promise((resolve) => server.close(resolve));
        }),
      );
    },
  };
}

function longestFirst(hosts: ReadonlyMap<string, string>): [string, string][] {
  return [...hosts].toSorted(([a], [b]) => b.length - a.length);
}

function isText(type: string | undefined): boolean {
  return type !== undefined && /json|xml|text|x-www-form-urlencoded/.test(type);
}
