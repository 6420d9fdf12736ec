/** Roles: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html and its neighbours. */
import { checkDocument, sizeOf } from "./iam-documents.ts";
import { page, said } from "./inputs.ts";
import type { Handlers } from "./operations.ts";
import { type Account, AwsFailure } from "./service.ts";
import type { Things } from "./things.ts";

export interface Role {
  readonly id: string;
  readonly arn: string;
  readonly path: string;
  readonly created: number;
  readonly description: string | undefined;
  readonly trust: string;
  readonly maxSessionSeconds: number;
  readonly boundary: string | undefined;
  readonly tags: { readonly [key: string]: string };
  /** Documents by name. */
  readonly inline: { readonly [name: string]: string };
  /** ARNs. */
  readonly attached: readonly string[];
}

interface Tag {
  readonly Key: string;
  readonly Value: string;
}
interface Named {
  readonly RoleName: string;
}
interface CreateRole extends Named {
  readonly AssumeRolePolicyDocument: string;
  readonly Path?: string;
  readonly Description?: string;
  readonly MaxSessionDuration?: string;
  readonly PermissionsBoundary?: string;
  /** An empty list is the empty text. */
  readonly Tags?: readonly Tag[] | "";
}
interface Paged {
  readonly Marker?: string;
  readonly MaxItems?: string;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const limits = { tags: 50, trustPolicy: 2048, description: 1000 };

export function roleHandlers(account: Account, roles: Things<Role>): Handlers {
  const change = (name: string, to: (role: Role) => Partial<Role>) => {
    const role = roleNamed(roles, name);
    roles.put(name, { ...role, ...to(role) });
  };
  return {
    CreateRole(input: CreateRole) {
      required(input, "RoleName", "AssumeRolePolicyDocument");
      const { RoleName, AssumeRolePolicyDocument, Path = "/", Tags = [] } = input;
      if (!/^[\w+=,.@-]{1,64}$/.test(RoleName))
        throw invalid(
          "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
        );
      if (!/^\/([!-~]+\/)?$/.test(Path)) throw invalid("The specified value for path is invalid.");
      checkTrust(AssumeRolePolicyDocument);
      const tags = tagged({}, Tags);
      if (roles.get(RoleName) !== undefined)
        throw new AwsFailure(409, "EntityAlreadyExists", `Role with name ${RoleName} already exists.`);
      const count = account.next();
      const role: Role = {
        id: `AROA${count.toString(36).toUpperCase().padStart(17, "A")}`,
        arn: `arn:aws:iam::${account.id}:role${Path}${RoleName}`,
        path: Path,
        created: account.around.now(),
        description: checkedDescription(input.Description),
        trust: AssumeRolePolicyDocument,
        maxSessionSeconds: checkedSession(input.MaxSessionDuration) ?? 3600,
        boundary: input.PermissionsBoundary,
        tags,
        inline: {},
        attached: [],
      };
      roles.put(RoleName, role);
      return { Role: roleOut(RoleName, role) };
    },
    GetRole(input: Named) {
      required(input, "RoleName");
      return { Role: roleOut(input.RoleName, roleSeen(roles, input.RoleName)) };
    },
    ListRoles({ PathPrefix = "/", ...input }: Paged & { readonly PathPrefix?: string }) {
      const all = roles.allSeen().filter(([, { path }]) => path.startsWith(PathPrefix));
      const { items, ...rest } = marked(all, input);
      // Lists leave tags and boundaries out: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html
      return { Roles: items.map(([name, role]) => roleOut(name, { ...role, tags: {}, boundary: undefined })), ...rest };
    },
    UpdateRole(input: Pick<CreateRole, "RoleName" | "Description" | "MaxSessionDuration">) {
      required(input, "RoleName");
      const description = checkedDescription(input.Description);
      const seconds = checkedSession(input.MaxSessionDuration);
      change(input.RoleName, (role) => ({
        description: description ?? role.description,
        maxSessionSeconds: seconds ?? role.maxSessionSeconds,
      }));
    },
    UpdateAssumeRolePolicy(input: Named & { readonly PolicyDocument: string }) {
      required(input, "RoleName", "PolicyDocument");
      roleNamed(roles, input.RoleName);
      checkTrust(input.PolicyDocument);
      change(input.RoleName, () => ({ trust: input.PolicyDocument }));
    },
    DeleteRole(input: Named) {
      required(input, "RoleName");
      const { attached, inline } = roleNamed(roles, input.RoleName);
      if (attached.length > 0) throw conflict("Cannot delete entity, must detach all policies first.");
      if (Object.keys(inline).length > 0) throw conflict("Cannot delete entity, must delete policies first.");
      roles.remove(input.RoleName);
    },
    TagRole(input: Named & { readonly Tags: readonly Tag[] }) {
      required(input, "RoleName", "Tags");
      change(input.RoleName, ({ tags }) => ({ tags: tagged(tags, input.Tags) }));
    },
    UntagRole(input: Named & { readonly TagKeys: readonly string[] }) {
      required(input, "RoleName", "TagKeys");
      const gone = input.TagKeys.map((key) => key.toLowerCase());
      change(input.RoleName, ({ tags }) => ({
        tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.includes(key.toLowerCase()))),
      }));
    },
    ListRoleTags(input: Named & Paged) {
      required(input, "RoleName");
      const { items, ...rest } = marked(Object.entries(roleSeen(roles, input.RoleName).tags), input);
      return { Tags: items.map(([Key, Value]) => ({ Key, Value })), ...rest };
    },
  };
}

export function roleNamed(roles: Things<Role>, name: string): Role {
  return found(roles.get(name), name);
}

export function roleSeen(roles: Things<Role>, name: string): Role {
  return found(roles.seen(name), name);
}

function found(role: Role | undefined, name: string): Role {
  if (role === undefined) throw new AwsFailure(404, "NoSuchEntity", `The role with name ${name} cannot be found.`);
  return role;
}

/** A page as IAM answers it. */
export function marked<T>(items: readonly T[], { Marker, MaxItems = "100" }: Paged) {
  const most = Number(MaxItems);
  if (!Number.isInteger(most) || most < 1 || most > 1000)
    throw new AwsFailure(400, "ValidationError", `Value '${MaxItems}' at 'maxItems' failed to satisfy constraint`);
  const { items: some, next } = page(items, Marker, most, "ValidationError");
  return { items: some, IsTruncated: next !== undefined, ...(next === undefined ? {} : { Marker: next }) };
}

export function required<T extends object>(input: T, ...members: readonly (keyof T & string)[]): void {
  for (const member of members)
    if (input[member] === undefined || input[member] === "") {
      const at = member.charAt(0).toLowerCase() + member.slice(1);
      throw invalid(`1 validation error detected: Value null at '${at}' failed to satisfy constraint: Member must not be null`);
    }
}

function roleOut(name: string, role: Role) {
  return said({
    Path: role.path,
    RoleName: name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: new Date(role.created).toISOString().replace(/\.\d+Z$/, "Z"),
    AssumeRolePolicyDocument: encodeURIComponent(role.trust),
    Description: role.description,
    MaxSessionDuration: role.maxSessionSeconds,
    PermissionsBoundary:
      role.boundary === undefined
        ? undefined
        : { PermissionsBoundaryType: "PermissionsBoundaryPolicy", PermissionsBoundaryArn: role.boundary },
    Tags: Object.keys(role.tags).length === 0 ? undefined : Object.entries(role.tags).map(([Key, Value]) => ({ Key, Value })),
  });
}

function checkTrust(document: string): void {
  checkDocument(document, "trust");
  if (sizeOf(document) > limits.trustPolicy) throw exceeded(`Cannot exceed quota for ACLSizePerRole: ${limits.trustPolicy}`);
}

function checkedDescription(text: string | undefined): string | undefined {
  if (text !== undefined && text.length > limits.description)
    throw invalid("Value at 'description' failed to satisfy constraint");
  return text === "" ? undefined : text;
}

/** One hour to twelve. */
function checkedSession(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 3600 || seconds > 43_200)
    throw invalid(`Value '${text}' at 'maxSessionDuration' failed to satisfy constraint`);
  return seconds;
}

/** Keys are case-insensitive: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html */
function tagged(tags: { readonly [key: string]: string }, given: readonly Tag[] | ""): { [key: string]: string } {
  const set = given === "" ? [] : given;
  const keys = set.map(({ Key }) => Key.toLowerCase());
  if (new Set(keys).size < keys.length)
    throw new AwsFailure(400, "InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  for (const { Key, Value } of set)
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(Key) || !/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(Value))
      throw invalid(`Value '${Key}' at 'tags' failed to satisfy constraint`);
  const kept = Object.entries(tags).filter(([key]) => !keys.includes(key.toLowerCase()));
  const all = Object.fromEntries([...kept, ...set.map(({ Key, Value }) => [Key, Value] as const)]);
  if (Object.keys(all).length > limits.tags) throw exceeded(`Cannot exceed quota for TagsPerRole: ${limits.tags}`);
  return all;
}

export function invalid(message: string): AwsFailure {
  return new AwsFailure(400, "ValidationError", message);
}

export function exceeded(message: string): AwsFailure {
  return new AwsFailure(409, "LimitExceeded", message);
}

function conflict(message: string): AwsFailure {
  return new AwsFailure(409, "DeleteConflict", message);
}
