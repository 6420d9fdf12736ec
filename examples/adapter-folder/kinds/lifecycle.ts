/** What both kinds share: a document is found, read and removed in the same way. */
import type { Cx, JsonObject, Live, Owned } from "fnpkg/adapter";
import type { Document, FolderClient } from "../client.ts";

type Outputs = (cx: Cx<FolderClient>, id: string) => { readonly [name: string]: string };

export function documents<Props extends object = JsonObject>(kind: string, outputs: Outputs) {
  const live = (cx: Cx<FolderClient>, id: string, { props, mark, derivation }: Document): Live<Props> => ({
    props,
    outputs: outputs(cx, id),
    mark,
    state: "ready",
    ...(derivation === undefined ? {} : { derivation }),
  });
  return {
    async find(cx: Cx<FolderClient>): Promise<Owned<Props>[]> {
      const found: Owned<Props>[] = [];
      for (const id of await cx.client.ids(cx.deployment)) {
        const document = await cx.client.get(cx.deployment, id);
        if (document?.kind === kind && document.mark?.deployment === cx.deployment)
          found.push({ id, live: live(cx, id, document) });
      }
      return found;
    },
    async read(cx: Cx<FolderClient>, id: string): Promise<Live<Props> | undefined> {
      const document = await cx.client.get(cx.deployment, id);
      return document === undefined ? undefined : live(cx, id, document);
    },
    async write(cx: Cx<FolderClient>, id: string, props: Props): Promise<{ readonly [name: string]: string }> {
      const mark = { deployment: cx.deployment, package: cx.package, resource: id };
      await cx.client.put(cx.deployment, id, { kind, props, mark });
      return outputs(cx, id);
    },
    delete: (cx: Cx<FolderClient>, id: string) => cx.client.remove(cx.deployment, `${id}.json`),
  };
}
