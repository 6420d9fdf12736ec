/** The type and subtype of a content type, in lower case and without parameters. */
export function essence(contentType: string | undefined): string {
  return (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

export function isJson(contentType: string | undefined): boolean {
  return /^[^/]+\/(?:json|.+\+json)$/.test(essence(contentType));
}

export function isText(contentType: string | undefined): boolean {
  return essence(contentType).startsWith("text/");
}

/** The charset a content type names; default UTF-8. */
export function charset(contentType: string | undefined): string {
  return /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType ?? "")?.[1] ?? "utf-8";
}
