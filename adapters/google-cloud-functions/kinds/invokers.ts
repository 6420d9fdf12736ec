/** Who may call the service: one binding of its IAM policy, written under the policy's etag. The rest of the policy is kept. */
import { byCodeUnit, canonical, type Lifecycle, type Live } from "fnpkg/adapter";
import type { GoogleClient } from "../client.ts";
import type { BindingJson, FunctionJson, PolicyJson } from "../client-api.ts";
import { ifThere, isStale } from "../errors.ts";
import { ids, invokerRole, type InvokersProps, kinds } from "../resources.ts";
import { functionName, functionNamed, markWithin, ourFunction } from "./owner.ts";
import { type Context, known, noOutputs, said, shortName, text } from "./shared.ts";

export const invokersLifecycle: Lifecycle<InvokersProps, GoogleClient> = {
  after: [kinds.function, kinds.service],
  permissions: {
    read: ["run.services.getIamPolicy"],
    create: ["run.services.setIamPolicy"],
    update: ["run.services.setIamPolicy"],
    delete: ["run.services.setIamPolicy"],
  },
  lock: ({ resource }) => `policy ${text(resource) ?? ""}`,

  /** A policy without the binding is nothing of ours. */
  async find(cx) {
    const ours = await ourFunction(cx);
    const resource = said(ours?.serviceConfig?.service);
    const live = resource === undefined ? undefined : await look(cx, ids.invokers, resource, ours);
    return live === undefined || live.props.bindings?.[0].members.length === 0 ? [] : [{ id: ids.invokers, live }];
  },

  async read(cx, id, { resource }) {
    const asked = text(resource);
    return asked === undefined ? undefined : look(cx, id, asked);
  },

  async create(cx, _id, props) {
    await write(cx, known(props.resource, "the function's service"), membersOf(props));
    return noOutputs;
  },

  async update(cx, _id, props) {
    await write(cx, known(props.resource, "the function's service"), membersOf(props));
    return noOutputs;
  },

  async delete(cx, _id, { props }) {
    const resource = text(props.resource);
    if (resource !== undefined) await ifThere(write(cx, resource, []));
  },
};

function membersOf({ bindings: [{ members }] }: InvokersProps): readonly string[] {
  return members.map((member) => known(member, "who calls the function"));
}

/** `ours`: the function, where it was just read. */
async function look(cx: Context, id: string, resource: string, ours?: FunctionJson): Promise<Live<InvokersProps> | undefined> {
  const [policy, fn] = await Promise.all([
    ifThere(cx.client.run.getIamPolicy(resource, cx)),
    ours ?? functionNamed(cx, functionName(cx)),
  ]);
  if (policy === undefined) return undefined;
  return {
    props: { resource, bindings: [{ role: invokerRole, members: invokersIn(policy) }] },
    outputs: noOutputs,
    mark: markWithin(fn, id, ({ serviceConfig }) => serviceConfig?.service === resource),
    state: "ready",
  };
}

/** Sorted. A service account that was deleted stays in a policy as `deleted:…`, and calls nothing. */
export function invokersIn({ bindings = [] }: PolicyJson): readonly string[] {
  const members = bindings.filter(isOurs).flatMap(({ members: some = [] }) => some);
  return [...new Set(members)].filter((member) => !member.startsWith("deleted:")).sort(byCodeUnit);
}

function isOurs({ role, condition }: BindingJson): boolean {
  return role === invokerRole && condition === undefined;
}

/** Reads, changes and writes, anew when something else wrote in between. */
async function write(cx: Context, resource: string, members: readonly string[]): Promise<void> {
  const wanted = [...new Set(members)].sort(byCodeUnit);
  await cx.until(`the policy of ${shortName(resource)} to take a change`, async () => {
    const policy = await cx.client.run.getIamPolicy(resource, cx);
    if (canonical(invokersIn(policy)) === canonical(wanted)) return true;
    const bindings = [
      ...(policy.bindings ?? []).filter((binding) => !isOurs(binding)),
      ...(wanted.length === 0 ? [] : [{ role: invokerRole, members: wanted }]),
    ];
    try {
      await cx.client.run.setIamPolicy(resource, { ...policy, bindings }, cx);
      return true;
    } catch (cause) {
      if (isStale(cause)) return undefined;
      throw cause;
    }
  });
}
