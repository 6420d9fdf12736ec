import { fetchArguments, LightRequest } from "./request.ts";

let installed = false;

/**
 * Makes the light request the global `Request`, and lets the global `fetch` take it. Called by an entry file
 * before it loads the user's module; calling it again does nothing. Plain assignment only: on Node 22 and
 * later even looking at the property's descriptor loads Node's own.
 */
export function installRequest(): void {
  if (installed) return;
  installed = true;
  globalThis.Request = LightRequest as unknown as typeof Request;
  const native = globalThis.fetch;
  globalThis.fetch = function fetch(input: unknown, init?: unknown): Promise<Response> {
    if (!(input instanceof LightRequest)) {
      return Reflect.apply(native, undefined, arguments) as Promise<Response>;
    }
    try {
      return native(...fetchArguments(new LightRequest(input, init)));
    } catch (error) {
      return Promise.reject(error);
    }
  };
}
