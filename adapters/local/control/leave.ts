/** What a trigger leaves behind when it goes. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Mailbox } from "../host/mailbox.ts";
import { subscriberFolder } from "../host/topic.ts";
import { ownerOf } from "../host/triggers.ts";
import { list, type TriggerDocument } from "../state/documents.ts";
import { isAbsent, ioError, removeIfEmpty } from "../state/files.ts";
import type { FunctionPaths } from "../state/paths.ts";

/**
 * Gives claimed messages back, ends a topic's subscription, forgets what was seen. Files of the bound folder stay; folders that
 * are empty go. Call it when no host runs the trigger.
 */
export async function clean(
  paths: FunctionPaths,
  deployment: string,
  { props: { trigger, settings } }: TriggerDocument,
): Promise<void> {
  const owner = ownerOf(paths.folder, deployment, trigger);
  try {
    if (settings.type === "queue") await new Mailbox(settings.folder, owner).leave();
    if (settings.type === "topic") {
      const own = subscriberFolder(settings.folder, owner);
      // Its copies go with the subscription; what was given up stays for people to look at.
      for (const part of ["new", "working", ".attempts"]) await rm(join(own, part), { recursive: true, force: true });
      await removeIfEmpty(join(own, "failed"));
      await removeIfEmpty(own);
      await removeIfEmpty(join(settings.folder, "subscribers"));
      await new Mailbox(settings.folder, owner).leave();
    }
  } catch (cause) {
    if (!isAbsent(cause))
      throw ioError(cause, `can't give back the messages of ${"folder" in settings ? settings.folder : trigger}`);
  }
  for (const name of await list(paths.seen))
    if (name.startsWith(`${trigger}.`)) await rm(join(paths.seen, name), { force: true });
}
