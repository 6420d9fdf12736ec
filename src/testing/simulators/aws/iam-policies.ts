/** Policies of roles: inline ones, and managed ones that are attached. */
import { checkDocument, sizeOf } from "./iam-documents.ts";
import { exceeded, invalid, marked, required, type Role, roleNamed, roleSeen } from "./iam-roles.ts";
import type { Handlers } from "./operations.ts";
import { AwsFailure } from "./service.ts";
import type { Things } from "./things.ts";

interface Inline {
  readonly RoleName: string;
  readonly PolicyName: string;
}
interface Managed {
  readonly RoleName: string;
  readonly PolicyArn: string;
}
interface Listed {
  readonly RoleName: string;
  readonly Marker?: string;
  readonly MaxItems?: string;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const limits = { inlineTogether: 10_240, attached: 10 };

/** `exists`: whether there is a managed policy of this ARN. */
export function policyHandlers(roles: Things<Role>, exists: (arn: string) => boolean): Handlers {
  return {
    PutRolePolicy(input: Inline & { readonly PolicyDocument: string }) {
      required(input, "RoleName", "PolicyName", "PolicyDocument");
      const { RoleName, PolicyName, PolicyDocument } = input;
      const role = roleNamed(roles, RoleName);
      if (!/^[\w+=,.@-]{1,128}$/.test(PolicyName)) throw invalid("The specified value for policyName is invalid.");
      checkDocument(PolicyDocument, "identity");
      const inline = { ...role.inline, [PolicyName]: PolicyDocument };
      if (Object.values(inline).reduce((sum, document) => sum + sizeOf(document), 0) > limits.inlineTogether)
        throw exceeded(`Maximum policy size of ${limits.inlineTogether} bytes exceeded for role ${RoleName}`);
      roles.put(RoleName, { ...role, inline });
    },
    GetRolePolicy(input: Inline) {
      required(input, "RoleName", "PolicyName");
      const { RoleName, PolicyName } = input;
      const document = roleSeen(roles, RoleName).inline[PolicyName];
      if (document === undefined) throw noPolicy(PolicyName);
      return { RoleName, PolicyName, PolicyDocument: encodeURIComponent(document) };
    },
    DeleteRolePolicy(input: Inline) {
      required(input, "RoleName", "PolicyName");
      const { RoleName, PolicyName } = input;
      const role = roleNamed(roles, RoleName);
      if (role.inline[PolicyName] === undefined) throw noPolicy(PolicyName);
      const inline = Object.fromEntries(Object.entries(role.inline).filter(([name]) => name !== PolicyName));
      roles.put(RoleName, { ...role, inline });
    },
    ListRolePolicies(input: Listed) {
      required(input, "RoleName");
      const { items, ...rest } = marked(Object.keys(roleSeen(roles, input.RoleName).inline).toSorted(), input);
      return { PolicyNames: items, ...rest };
    },
    AttachRolePolicy(input: Managed) {
      required(input, "RoleName", "PolicyArn");
      const { RoleName, PolicyArn } = input;
      const role = roleNamed(roles, RoleName);
      if (!/^arn:aws[a-z-]*:iam::(aws|\d{12}):policy\/.+/.test(PolicyArn)) throw invalid(`ARN ${PolicyArn} is not valid.`);
      if (!exists(PolicyArn))
        throw new AwsFailure(404, "NoSuchEntity", `Policy ${PolicyArn} does not exist or is not attachable.`);
      if (role.attached.includes(PolicyArn)) return;
      if (role.attached.length === limits.attached) throw exceeded(`Cannot exceed quota for PoliciesPerRole: ${limits.attached}`);
      roles.put(RoleName, { ...role, attached: [...role.attached, PolicyArn].toSorted() });
    },
    DetachRolePolicy(input: Managed) {
      required(input, "RoleName", "PolicyArn");
      const { RoleName, PolicyArn } = input;
      const role = roleNamed(roles, RoleName);
      if (!role.attached.includes(PolicyArn)) throw new AwsFailure(404, "NoSuchEntity", `Policy ${PolicyArn} was not found.`);
      roles.put(RoleName, { ...role, attached: role.attached.filter((arn) => arn !== PolicyArn) });
    },
    ListAttachedRolePolicies(input: Listed) {
      required(input, "RoleName");
      const { items, ...rest } = marked(roleSeen(roles, input.RoleName).attached, input);
      const named = items.map((PolicyArn) => ({ PolicyName: PolicyArn.slice(PolicyArn.lastIndexOf("/") + 1), PolicyArn }));
      return { AttachedPolicies: named, ...rest };
    },
  };
}

function noPolicy(name: string): AwsFailure {
  return new AwsFailure(404, "NoSuchEntity", `The role policy with name ${name} cannot be found.`);
}
