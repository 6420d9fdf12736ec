/** A role that `createRole` makes. What others attach to it is left alone while it lives. */
import type { Role } from "@aws-sdk/client-iam";
import { canonical, type JsonObject, type Lifecycle, type Live, type Outputs } from "fnpkg/adapter";
import type { AwsClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { type RoleProps } from "../resources.ts";
import { fit } from "../translate-names.ts";
import { changeTags, markIn, markOf, tagMap, type Tags, tagsFor, tagsIn } from "./marks.ts";
import { uses } from "./services.ts";
import { answered, type Context, pages, shown, sorted, whenThere } from "./shared.ts";

interface FoundRole {
  readonly role: Role;
  readonly tags: Tags;
  readonly attached: readonly string[];
  readonly policies: readonly { readonly PolicyName: string; readonly PolicyDocument: JsonObject }[];
}

export const roleLifecycle: Lifecycle<RoleProps, AwsClient> = {
  fixed: ["RoleName", "PermissionsBoundary"],
  after: [],
  permissions: {
    read: ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
    create: ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy", "iam:TagRole"],
    update: [
      "iam:AttachRolePolicy",
      "iam:DeleteRolePolicy",
      "iam:DetachRolePolicy",
      "iam:PutRolePolicy",
      "iam:TagRole",
      "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
    ],
    delete: ["iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy"],
  },
  lock: ({ RoleName }) => `role ${RoleName}`,

  async find(cx) {
    if (!(await uses(cx, "iam"))) return [];
    const names = ["function", "scheduler"].map((what) => fit(`${cx.deployment}--${what}--${cx.client.region}`, 64));
    const found = await Promise.all(names.map((name) => look(cx, name)));
    return found.flatMap((one) => {
      const mark = one === undefined ? null : markIn(one.tags);
      return one !== undefined && mark?.deployment === cx.deployment ? [{ id: mark.resource, live: liveOf(one) }] : [];
    });
  },

  async read(cx, _id, props) {
    const found = await look(cx, props.RoleName);
    return found === undefined ? undefined : liveOf(found, props);
  },

  async create(cx, id, props) {
    const made = await cx.client.iam.createRole(
      {
        RoleName: props.RoleName,
        Description: props.Description,
        AssumeRolePolicyDocument: JSON.stringify(props.AssumeRolePolicyDocument),
        Tags: listed(tagsFor(markOf(cx, id), props.Tags)),
        ...(props.PermissionsBoundary === null ? {} : { PermissionsBoundary: props.PermissionsBoundary }),
      },
      cx,
    );
    await policies(cx, props, undefined);
    return outputsOf(answered(made.Role, "the role"));
  },

  async update(cx, id, props, live) {
    const { RoleName } = props;
    const found = answered(await shown(cx, `the role ${RoleName}`, () => look(cx, RoleName)), `the role ${RoleName}`);
    if (live.props.Description !== props.Description)
      await cx.client.iam.updateRole(
        { RoleName, Description: props.Description, MaxSessionDuration: found.role.MaxSessionDuration },
        cx,
      );
    if (canonical(live.props.AssumeRolePolicyDocument ?? null) !== canonical(props.AssumeRolePolicyDocument))
      await cx.client.iam.updateAssumeRolePolicy(
        { RoleName, PolicyDocument: JSON.stringify(props.AssumeRolePolicyDocument) },
        cx,
      );
    await policies(cx, props, found);
    await changeTags(found.tags, tagsFor(markOf(cx, id), props.Tags), {
      set: (Tags) => cx.client.iam.tagRole({ RoleName, Tags: listed(Tags) }, cx),
      remove: (TagKeys) => cx.client.iam.untagRole({ RoleName, TagKeys }, cx),
    });
    return live.outputs;
  },

  /** With everything that hangs on it: IAM deletes no role that has policies. */
  async delete(cx, _id, { props: { RoleName } }) {
    if (RoleName === undefined) return;
    const found = await look(cx, RoleName);
    if (found === undefined) return;
    for (const { PolicyName } of found.policies) await ifThere(cx.client.iam.deleteRolePolicy({ RoleName, PolicyName }, cx));
    for (const PolicyArn of found.attached) await ifThere(cx.client.iam.detachRolePolicy({ RoleName, PolicyArn }, cx));
    await ifThere(cx.client.iam.deleteRole({ RoleName }, cx));
  },
};

async function policies(cx: Context, props: RoleProps, found: FoundRole | undefined): Promise<void> {
  const { RoleName } = props;
  for (const { PolicyName, PolicyDocument } of props.Policies) {
    const now = found?.policies.find((policy) => policy.PolicyName === PolicyName);
    if (now === undefined || canonical(now.PolicyDocument) !== canonical(PolicyDocument))
      await whenThere(cx, `the role ${RoleName}`, () =>
        cx.client.iam.putRolePolicy({ RoleName, PolicyName, PolicyDocument: JSON.stringify(PolicyDocument) }, cx),
      );
  }
  for (const PolicyArn of props.ManagedPolicyArns)
    if (found?.attached.includes(PolicyArn) !== true)
      await whenThere(cx, `the role ${RoleName}`, () => cx.client.iam.attachRolePolicy({ RoleName, PolicyArn }, cx));
}

async function look(cx: Context, RoleName: string): Promise<FoundRole | undefined> {
  const { iam } = cx.client;
  const role = (await ifThere(iam.getRole({ RoleName }, cx)))?.Role;
  if (role === undefined) return undefined;
  const marker = (Marker: string | undefined) => ({ RoleName, ...(Marker === undefined ? {} : { Marker }) });
  const [names, attached] = await Promise.all([
    pages(
      (Marker) => iam.listRolePolicies(marker(Marker), cx),
      ({ PolicyNames, Marker }) => ({ items: PolicyNames, next: Marker }),
    ),
    pages(
      (Marker) => iam.listAttachedRolePolicies(marker(Marker), cx),
      ({ AttachedPolicies, Marker }) => ({ items: AttachedPolicies, next: Marker }),
    ),
  ]);
  const written = await Promise.all(
    names.map(async (PolicyName) => {
      const found = await ifThere(iam.getRolePolicy({ RoleName, PolicyName }, cx));
      return { PolicyName, PolicyDocument: document(found?.PolicyDocument) };
    }),
  );
  return {
    role,
    tags: tagMap(role.Tags),
    attached: attached.flatMap(({ PolicyArn }) => PolicyArn ?? []),
    policies: written,
  };
}

function liveOf({ role, tags, attached, policies: written }: FoundRole, wanted?: RoleProps): Live<RoleProps> {
  const of = (name: string) => wanted === undefined || wanted.Policies.some(({ PolicyName }) => PolicyName === name);
  return {
    props: {
      RoleName: role.RoleName ?? "",
      Description: role.Description ?? "",
      AssumeRolePolicyDocument: document(role.AssumeRolePolicyDocument),
      ManagedPolicyArns: wanted?.ManagedPolicyArns.filter((arn) => attached.includes(arn)) ?? sorted(attached),
      PermissionsBoundary: role.PermissionsBoundary?.PermissionsBoundaryArn ?? null,
      Policies: written.filter(({ PolicyName }) => of(PolicyName)),
      Tags: tagsIn(tags, wanted?.Tags),
    },
    outputs: outputsOf(role),
    mark: markIn(tags),
    state: "ready",
  };
}

function outputsOf({ Arn = "" }: Role): Outputs {
  return { Arn };
}

/** IAM answers documents as in an address. */
function document(encoded: string | undefined): JsonObject {
  return JSON.parse(decodeURIComponent(encoded ?? "%7B%7D")) as JsonObject;
}

function listed(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
