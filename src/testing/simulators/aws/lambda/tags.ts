/** Tags of functions and mappings: docs.aws.amazon.com/lambda/latest/api/API_TagResource.html, tagging.html */
import { retagged } from "../inputs.ts";
import type { Handlers } from "../operations.ts";
import { addressOf, functionAt, functionSeen } from "./names.ts";
import { invalid, missing, unfit } from "./errors.ts";
import type { Store } from "./state.ts";

type Tags = { readonly [key: string]: string };

interface Of {
  /** An ARN. */
  readonly Resource: string;
}

export function tagHandlers(store: Store): Handlers {
  const { account, functions, mappings } = store;
  const mappingIn = ({ Resource }: Of) => /:event-source-mapping:([\w-]+)$/.exec(Resource)?.[1];
  const addressIn = ({ Resource }: Of) => {
    const at = addressOf(account, { FunctionName: Resource });
    if (!Resource.startsWith("arn:")) throw unfit(Resource, "resource", "Member must satisfy regular expression pattern: arn:.*");
    if (at.qualifier !== undefined)
      throw invalid(
        "Tags on function aliases and versions are not supported. Please specify either a function name or an unqualified function ARN.",
      );
    return at;
  };
  const change = (of: Of, to: (tags: Tags) => Tags): void => {
    const uuid = mappingIn(of);
    const mapping = uuid === undefined ? undefined : mappings.get(uuid);
    if (uuid !== undefined && mapping === undefined) throw missing();
    if (uuid !== undefined && mapping !== undefined) return mappings.put(uuid, { ...mapping, tags: to(mapping.tags) });
    const fn = functionAt(store, addressIn(of));
    functions.put(fn.name, { ...fn, tags: to(fn.tags) });
  };
  return {
    ListTags(input: Of) {
      const uuid = mappingIn(input);
      const tags = uuid === undefined ? functionSeen(store, addressIn(input)).tags : mappings.seen(uuid)?.tags;
      if (tags === undefined) throw missing();
      return { Tags: tags };
    },
    TagResource(input: Of & { readonly Tags: Tags }) {
      change(input, (tags) => {
        const all = retagged(tags, input.Tags);
        checkTags(all);
        return all;
      });
    },
    UntagResource(input: Of & { readonly TagKeys?: readonly string[] }) {
      change(input, (tags) => retagged(tags, {}, input.TagKeys));
    },
  };
}

/** docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html, "Requirements for working with tags". */
export function checkTags(tags: Tags): void {
  const keys = Object.keys(tags);
  if (keys.length > 50) throw invalid("The number of tags exceeds the limit of 50 tags per resource.");
  for (const key of keys) {
    const value = tags[key] ?? "";
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(key) || key.startsWith("aws:"))
      throw invalid(`The tag key is not valid: ${key}`);
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value)) throw invalid(`The value of the tag ${key} is not valid.`);
  }
}
