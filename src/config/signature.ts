/** Whether the triggers fit the package's signature. */
import type { Manifest, Signature } from "../package/manifest.ts";
import type { Cx } from "./cx.ts";
import type { Trigger } from "./resolved.ts";
import type { ReadSettings } from "./settings.ts";

/** Step 11: E_TRIGGER. */
export function checkSignature(cx: Cx, triggers: readonly Trigger[], read: ReadSettings, { signature }: Manifest): void {
  const http = read.triggers.filter(({ trigger }) => trigger.type === "http");
  const events = read.triggers.filter(({ trigger }) => trigger.type !== "http");
  if (signature.type === "http") {
    for (const { index, trigger } of events) {
      cx.report("E_TRIGGER", `the package's signature is http; the ${trigger.type} trigger "${trigger.name}" makes events`, [
        "triggers",
        index,
      ]);
    }
    for (const { index, trigger } of http.slice(1)) {
      cx.report("E_TRIGGER", `an http function takes exactly one http trigger; "${trigger.name}" is one more`, [
        "triggers",
        index,
      ]);
    }
    if (http.length === 0 && !read.incomplete) {
      cx.report("E_TRIGGER", "the package's signature is http, and there is no http trigger", ["triggers"], {
        hint: "Add one: triggers: [{ name: web, type: http }].",
      });
    }
    return;
  }
  for (const { index, trigger } of http) {
    cx.report("E_TRIGGER", `the package's signature is cloudevent; the http trigger "${trigger.name}" makes no events`, [
      "triggers",
      index,
    ]);
  }
  if (read.incomplete) return;
  for (const type of unproducible(triggers, signature)) {
    cx.report("E_TRIGGER", `no trigger can produce the event type "${type}" that the package declares`, ["triggers"], {
      severity: "warning",
      hint: "Add a trigger that produces it, if the function shall see such events.",
    });
  }
}

/** The declared types that none of the triggers makes. */
function unproducible(triggers: readonly Trigger[], signature: Extract<Signature, { type: "cloudevent" }>): string[] {
  const made = new Set(triggers.flatMap(neutralTypes));
  const anyEvent = triggers.some(({ type }) => type !== "http");
  // A queue or topic may carry CloudEvents of any type; a vendor's own types come from its own sources.
  const carries = triggers.some(({ type }) => type === "queue" || type === "topic");
  return signature.events
    .map(({ type }) => type)
    .filter((type) => {
      if (made.has(type)) return false;
      if (type.startsWith("dev.fnpkg.")) return true;
      return !(carries || (anyEvent && /^(com\.amazonaws\.|aws\.|google\.|Microsoft\.)/.test(type)));
    });
}

function neutralTypes(trigger: Trigger): string[] {
  switch (trigger.type) {
    case "http":
      return [];
    case "schedule":
      return ["dev.fnpkg.schedule.fired.v1"];
    case "queue":
    case "topic":
      return ["dev.fnpkg.message.received.v1"];
    case "stream":
      return ["dev.fnpkg.record.received.v1"];
    case "object-storage":
      return trigger.events.map((event) => `dev.fnpkg.object.${event}.v1`);
  }
}
