/** One app's own host: its functions over http, and its admin endpoint. */
import type { Asked, Reply } from "./asked.ts";
import { type App, type Cloud, functionsOf } from "./state.ts";

export function host(cloud: Cloud, app: App, asked: Asked): Reply {
  const key = asked.headers["x-functions-key"] ?? asked.query.get("code") ?? "";
  const functions = functionsOf(app, cloud.now);
  if (asked.path.startsWith("/admin/")) {
    if (key !== app.keys.master) return { status: 401 };
    if (asked.path === "/admin/host/status")
      return {
        status: 200,
        body: {
          id: app.name,
          state: functions.length === 0 ? "Error" : "Running",
          version: "4",
          errors: functions.length === 0 ? ["No job functions found."] : [],
        },
      };
    const name = /^\/admin\/functions\/([^/]+)$/.exec(asked.path)?.[1];
    const found = functions.find((one) => one.name === name);
    if (found === undefined || asked.method !== "POST") return { status: 404 };
    app.admitted.push({ function: found.name, input: (asked.body as { readonly input?: unknown }).input });
    return { status: 202 };
  }
  const http = functions.flatMap(({ bindings }) => bindings).find(({ type }) => type === "httpTrigger");
  if (http === undefined) return { status: 404 };
  if (http["authLevel"] !== "anonymous" && key !== app.keys.default && key !== app.keys.master) return { status: 401 };
  return {
    status: 200,
    headers: { "x-two": "1", "content-type": "text/plain" },
    body: `${asked.method} ${asked.path}?${asked.query.toString()} ${Buffer.from(asked.bytes).toString()}`,
  };
}
