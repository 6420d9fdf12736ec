/** IANA time zones, as this Node's ICU data knows them. */
import { didYouMean } from "../schema.ts";

/** What is wrong with a zone's name; undefined when it can be used. */
export function timezoneFault(zone: string): string | undefined {
  // Offsets such as +01:00 are no IANA names, though Intl takes them.
  const known = /^[A-Za-z][A-Za-z0-9_+\-/]*$/.test(zone) ? canonicalName(zone) : undefined;
  if (known === undefined)
    return `no IANA time zone ${JSON.stringify(zone)}${didYouMean(zone, Intl.supportedValuesOf("timeZone"))}`;
  if (known !== zone && known.toLowerCase() === zone.toLowerCase()) return `the time zone "${zone}" is written "${known}"`;
  return undefined;
}

function canonicalName(zone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
