/**
 * What a deployment on Azure is made of. Kinds are ARM types and properties ARM JSON, without `type` and `apiVersion`
 * (https://learn.microsoft.com/azure/templates/microsoft.web/sites); what lives under another resource names it in `scope`, as
 * in a template. Properties are total: what is managed and not wanted is `null`, an empty list, or the vendor's own default
 * where it answers one. `read` answers in the same form; of tags and settings only ours and wanted ones are there.
 *
 * Ids are fixed words, or a word and a trigger's name. The order is: plan, app, settings, roles, code, event subscriptions. The
 * app must have its settings before the code comes, and the code before Event Grid takes its functions for a destination.
 */
import type { Reference } from "fnpkg/adapter";

export const kinds = {
  /** Made when the configuration names none; one app stands on one plan. */
  plan: "Microsoft.Web/serverfarms",
  /**
   * The anchor. Its tags carry the mark and the derivation; what was published is recorded by the code alone. Outputs: Id,
   * PrincipalId and ClientId of its identity (ClientId only of a user-assigned one), HostName, ScmHostName, `url` of an http
   * function.
   */
  site: "Microsoft.Web/sites",
  /** With `assignRoles`. Every property is fixed; marked in its description. */
  roleAssignment: "Microsoft.Authorization/roleAssignments",
  /**
   * The app's settings. The vendor replaces them all at once, so a write is read, merge, write: names that neither
   * `settingNames.keys` lists nor the properties name belong to others and stay.
   */
  settings: "Microsoft.Web/sites/config",
  /**
   * The published archive, `cx.content`. `properties.layout` is the digest of what was published, which the app's tag
   * `markTags.published` records once the vendor says that it serves, and never before: who is stopped in between publishes again.
   */
  code: "Microsoft.Web/sites/extensions",
  /** Marked in its labels. */
  eventSubscription: "Microsoft.EventGrid/eventSubscriptions",
} as const;

export const ids = {
  plan: "plan",
  site: "app",
  settings: "settings",
  code: "code",
  /** A role's name and what it is given on: `storage`, or the trigger. */
  role: (role: string, on: string) => `role-${role}-${on}`,
  trigger: (name: string) => `trigger-${name}`,
} as const;

/** The tags that carry marks and, on the app, the derivation: eight at most. */
export const markTags = {
  deployment: "fnpkg:deployment",
  package: "fnpkg:package",
  resource: "fnpkg:resource",
  /** The `keyPrints` of the other tags that are ours. */
  keys: "fnpkg:tags",
  /** The digests of package, configuration and layout, with spaces. */
  derivation: "fnpkg:derivation",
  /** The layout's digest that was published last, a space, the archive's SHA-256. */
  published: "fnpkg:published",
  adapter: "fnpkg:adapter",
} as const;

/** The tag that holds the description, which an app has no property for. */
export const descriptionTag = "fnpkg:description";

/** Settings of fnpkg's own. */
export const settingNames = {
  /** What the entry file reads; see translate-settings.ts. */
  bindings: "FNPKG_BINDINGS",
  /** `markText`, written with the settings. */
  mark: "FNPKG_MARK",
  /** The names of all settings that are ours, sorted, with spaces. */
  keys: "FNPKG_KEYS",
  /**
   * Where role assignments and event subscriptions are, `SCOPE/providers/KIND`, sorted, in canonical JSON: what finds them when the
   * configuration names them no more. A live value may hold more, which is no drift.
   */
  places: "FNPKG_PLACES",
} as const;

/** A value that is known now, or another resource's output. */
export type Value = string | Reference;

export type Tags = { readonly [key: string]: string };

export interface PlanProps {
  readonly name: string;
  readonly location: string;
  readonly kind: "functionapp";
  readonly sku: { readonly name: "FC1"; readonly tier: "FlexConsumption" };
  readonly tags: Tags;
  readonly properties: { readonly reserved: true; readonly zoneRedundant: boolean };
}

export interface SiteProps {
  readonly name: string;
  readonly location: string;
  readonly kind: "functionapp,linux";
  readonly tags: Tags;
  /** `userAssignedIdentities` is not there for the app's own identity. */
  readonly identity: {
    readonly type: "SystemAssigned" | "UserAssigned";
    readonly userAssignedIdentities?: { readonly [id: string]: Record<string, never> };
  };
  readonly properties: {
    readonly serverFarmId: string;
    readonly httpsOnly: true;
    readonly clientAffinityEnabled: false;
    readonly publicNetworkAccess: "Enabled" | "Disabled";
    /** `null`: no network. */
    readonly virtualNetworkSubnetId: string | null;
    /** `SystemAssigned`, or a user-assigned identity's id. */
    readonly keyVaultReferenceIdentity: string;
    readonly functionAppConfig: FunctionAppConfig;
  };
}

export interface FunctionAppConfig {
  readonly deployment: {
    readonly storage: {
      readonly type: "blobContainer";
      readonly value: string;
      readonly authentication: {
        readonly type: "SystemAssignedIdentity" | "UserAssignedIdentity";
        readonly userAssignedIdentityResourceId: string | null;
      };
    };
  };
  readonly runtime: { readonly name: "node"; readonly version: string };
  readonly scaleAndConcurrency: {
    readonly instanceMemoryMB: number;
    readonly maximumInstanceCount: number;
    /** Sorted by name. */
    readonly alwaysReady: readonly { readonly name: string; readonly instanceCount: number }[];
    /** `null`: the function isn't called by http. */
    readonly triggers: { readonly http: { readonly perInstanceConcurrency: number } } | null;
  };
}

export interface RoleAssignmentProps {
  /** The ARM id of what the role is given on. */
  readonly scope: string;
  /** A UUID made of deployment, scope and role. */
  readonly name: string;
  readonly properties: {
    readonly roleDefinitionId: string;
    readonly principalId: Value;
    readonly principalType: "ServicePrincipal";
    /** `markText`. */
    readonly description: string;
  };
}

export interface SettingsProps {
  /** `APP/appsettings`. */
  readonly name: string;
  /** Every value counts as secret: a former one may be. Without the two that `settingNames` has for marks. */
  readonly properties: { readonly [name: string]: Value };
  /**
   * The ARM id of the Application Insights component, or `null`. The lifecycle sets `APPLICATIONINSIGHTS_CONNECTION_STRING` to
   * the component's, and `APPLICATIONINSIGHTS_AUTHENTICATION_STRING` so that the app's identity sends; both are ours.
   */
  readonly applicationInsights: string | null;
}

export interface CodeProps {
  /** `APP/onedeploy`. */
  readonly name: string;
  readonly properties: {
    readonly remoteBuild: false;
    /** The layout's digest. */
    readonly layout: string;
  };
}

export interface EventSubscriptionProps {
  /** The storage account's ARM id. */
  readonly scope: string;
  readonly name: string;
  readonly properties: {
    readonly destination: {
      readonly endpointType: "AzureFunction";
      readonly properties: {
        /** The function in the app. */
        readonly resourceId: string;
        readonly maxEventsPerBatch: number;
        readonly preferredBatchSizeInKilobytes: number;
      };
    };
    readonly eventDeliverySchema: "CloudEventSchemaV1_0";
    readonly filter: {
      /** Sorted. */
      readonly includedEventTypes: readonly string[];
      readonly subjectBeginsWith: string;
      readonly subjectEndsWith: string;
      readonly isSubjectCaseSensitive: true;
    };
    readonly retryPolicy: { readonly maxDeliveryAttempts: number; readonly eventTimeToLiveInMinutes: number };
    /** `markText`. */
    readonly labels: readonly [string];
  };
}
