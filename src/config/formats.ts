/** The formats that a package may declare for an environment variable. */
import type { Manifest } from "../package/manifest.ts";

export type EnvFormat = NonNullable<NonNullable<Manifest["requires"]["env"]>[number]["format"]>;

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;
const LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const HOSTNAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);
const EMAIL = new RegExp(`^[A-Za-z0-9.!#$%&'*+/=?^_\`{|}~-]{1,64}@${LABEL}(?:\\.${LABEL})*$`);

const tests: { readonly [F in EnvFormat]: (value: string) => boolean } = {
  uri: (value) => /^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+$/.test(value) && URL.canParse(value),
  integer: (value) => /^-?(0|[1-9]\d*)$/.test(value),
  number: (value) => NUMBER.test(value),
  boolean: (value) => value === "true" || value === "false",
  json: isJson,
  email: (value) => EMAIL.test(value),
  hostname: (value) => HOSTNAME.test(value),
};

export const formatExamples: { readonly [F in EnvFormat]: string } = {
  uri: "an absolute URI such as https://api.acme.com",
  integer: "a whole number such as 42",
  number: "a number such as 0.5",
  boolean: "true or false",
  json: "JSON",
  email: "an address such as ops@acme.com",
  hostname: "a host name such as db.acme.com",
};

export function hasFormat(value: string, format: EnvFormat): boolean {
  return tests[format](value);
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}
