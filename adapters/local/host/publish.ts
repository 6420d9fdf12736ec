/** Messages by the admin endpoint: dropped into the trigger's folder as a file would be. */
import { isUtf8 } from "node:buffer";
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { FnpkgError, reasonOf } from "fnpkg/adapter";
import type { TriggerDocument } from "../state/documents.ts";
import { drop } from "./mailbox.ts";
import { checkSidecar, isMessage, mostMessageBytes, type Sidecar } from "./message.ts";

/** The attributes' file has an ending of its own behind it. */
const mostNameBytes = 200;

/**
 * `POST /messages/TRIGGER[/NAME]`: the body is the message, `content-type` its type, `message-attributes` a JSON object.
 * @throws E_USAGE, E_CONFLICT when a message of the name waits already
 */
export async function publishTo(
  triggers: readonly TriggerDocument[],
  trigger: string | undefined,
  name: string | undefined,
  body: Buffer,
  headers: IncomingHttpHeaders,
): Promise<{ readonly id: string }> {
  const settings = triggers.find(({ props }) => props.trigger === trigger)?.props.settings;
  if (settings?.type !== "queue" && settings?.type !== "topic") {
    throw new FnpkgError("E_USAGE", `there is no queue or topic trigger ${JSON.stringify(trigger ?? "")}`);
  }
  if (body.length > mostMessageBytes)
    throw new FnpkgError("E_USAGE", `the message has ${body.length} bytes; ${mostMessageBytes} are taken`);
  const id = name ?? `${Date.now()}-${randomUUID()}`;
  if (!/^[^\\/\0]+$/.test(id) || Buffer.byteLength(id) > mostNameBytes || !isMessage(id)) {
    throw new FnpkgError(
      "E_USAGE",
      `${JSON.stringify(id)} can't be a message's name: at most ${mostNameBytes} bytes, no slashes, no leading dot, no ending that stands for temporary files`,
    );
  }
  const sidecar = sidecarOf(headers);
  if (!(await drop(settings.folder, id, body, Object.keys(sidecar).length === 0 ? undefined : sidecar))) {
    throw new FnpkgError("E_CONFLICT", `a message ${JSON.stringify(id)} waits already`, {
      hint: "Give it another name; the name is its id.",
    });
  }
  return { id };
}

/** A header's bytes are read as Latin-1; who sends UTF-8 means it. */
function textOf(header: string): string {
  const bytes = Buffer.from(header, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : header;
}

function sidecarOf(headers: IncomingHttpHeaders): Sidecar {
  const contentType = headers["content-type"];
  const given = headers["message-attributes"];
  try {
    const attributes: unknown = given === undefined ? undefined : JSON.parse(textOf(String(given)));
    return checkSidecar({
      ...(contentType === undefined ? {} : { contentType }),
      ...(attributes === undefined ? {} : { attributes }),
    });
  } catch (cause) {
    throw new FnpkgError("E_USAGE", `the header message-attributes can't be used: ${reasonOf(cause)}`, { cause });
  }
}
