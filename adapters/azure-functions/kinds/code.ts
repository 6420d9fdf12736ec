/**
 * The published archive (learn.microsoft.com/azure/azure-functions/functions-deployment-technologies, "One deploy"): sent to the
 * host that the app names for its deployments, waited for, and on record on the app only when its functions are there.
 */
import { FnpkgError, type Lifecycle, type Live } from "fnpkg/adapter";
import type { AzureClient } from "../client.ts";
import type { Answer, Deployment } from "../client-api.ts";
import { AzureError, ifThere, isBusy, isForbidden, isMissing, isStarting } from "../errors.ts";
import { type CodeProps, kinds, settingNames } from "../resources.ts";
import { appIn, appOf, isOvertaken, markWithin, mustHaveScm, ourSites, retag, type Site, siteNamed, sitePath } from "./app.ts";
import { derivationTags, publishedIn, publishedTag } from "./marks.ts";
import { keep } from "./packages.ts";
import { settingsOf } from "./settings.ts";
import { answered, type Context, listed, together } from "./shared.ts";
import { versions } from "./versions.ts";

/** Azure tells of new functions within a minute or two (azure-functions-core-tools waits for 60 s, then asks 15 times). */
const functionsMs = 4 * 60_000;

const publishing = [
  "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/delete",
  "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
  "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write",
  "Microsoft.Storage/storageAccounts/read",
  "Microsoft.Web/sites/publish/action",
  "Microsoft.Web/sites/write",
];

export const codeLifecycle: Lifecycle<CodeProps, AzureClient> = {
  after: [kinds.settings],
  fixed: ["name"],
  permissions: {
    read: ["Microsoft.Web/sites/functions/read", "Microsoft.Web/sites/publish/action", "Microsoft.Web/sites/read"],
    create: publishing,
    update: publishing,
    delete: [],
  },
  lock: ({ name }) => `app ${appIn(name)}`,

  async find(cx) {
    const usual = appOf(cx);
    const [sites, wanted] = await Promise.all([ourSites(cx), expected(cx, usual)]);
    const found = await Promise.all(
      sites.map(async (site) => {
        const live = await liveOf(cx, site, site.name?.toLowerCase() === usual.toLowerCase() ? wanted : undefined);
        return live === undefined ? [] : [{ id: "code", live }];
      }),
    );
    return found.flat();
  },

  async read(cx, _id, props) {
    const app = appIn(props.name);
    const [site, wanted] = await Promise.all([siteNamed(cx, app), expected(cx, app)]);
    return site === undefined ? undefined : liveOf(cx, site, wanted);
  },

  create: publish,
  update: publish,

  /** It goes with the app. */
  async delete() {},
};

async function publish(cx: Context, _id: string, props: CodeProps) {
  const { content, derivation } = cx;
  if (content === undefined || derivation === undefined) throw new FnpkgError("E_INTERNAL", "an app is deployed without code");
  const app = appIn(props.name);
  const [found, archive] = await Promise.all([siteNamed(cx, app), content.archive()]);
  const site = answered(found, `the app ${app}`);
  if (cx.client.section.storage.keepPackages > 0) await keep(cx, app, archive, derivation, await expected(cx, app));
  const deployment = await publishArchive(cx, site, archive);
  await retag(cx, app, (live) => {
    const ours = derivationTags(derivation);
    if (isOvertaken(cx, app, live, ours))
      throw new FnpkgError("E_CONFLICT", `the app ${app} was deployed by something else at the same time`, {
        target: "azure-functions",
      });
    return { ...live, ...ours, ...publishedTag({ layout: props.properties.layout, sha256: archive.sha256, deployment }) };
  });
  return {};
}

/** Ends when the archive serves, and answers the deployment that then is the latest. */
export async function publishArchive(
  cx: Context,
  site: Site,
  archive: { readonly file: string; readonly size: number; readonly sha256: string },
): Promise<string | undefined> {
  const host = mustHaveScm(cx, site);
  const app = answered(site.name, "the app's name");
  cx.progress(`sending ${archive.size} bytes of code`);
  // As the settings are now: what another deploy makes of them meanwhile is not what this archive is for.
  const [wanted, answer] = await Promise.all([expected(cx, app), sent(cx, host, archive)]);
  const id = idIn(answer);
  cx.progress("waiting for the deployment");
  const done = await ended(cx, host, id);
  if (done.status !== success) throw await failed(cx, host, done);
  const [serves] = await Promise.all([latest(cx, host), functionsThere(cx, app, wanted)]);
  return serves;
}

const success = 4;
const underWay: ReadonlySet<number | undefined> = new Set([-1, 0, 1, 2, undefined]);

/** Another deployment that is under way, such as one of a run that was stopped, is waited for. */
function sent(cx: Context, host: string, archive: Parameters<AzureClient["scm"]["publish"]>[1]): Promise<Answer> {
  let busy = false;
  return cx.until("the deployment service to be free", async () => {
    if (busy && isUnderWay(await ifThere(cx.client.scm.deployment(host, "latest", cx)))) return undefined;
    try {
      return await cx.client.scm.publish(host, archive, cx);
    } catch (cause) {
      if (!isBusy(cause)) throw cause;
      if (!busy) cx.progress("waiting for a deployment that is under way");
      busy = true;
      return undefined;
    }
  });
}

/** As text, in a header, or at the end of `Location` (azure-functions-core-tools, azure-cli, vscode-azureappservice). */
function idIn({ body, headers }: Answer): string {
  const named = typeof body === "object" && body !== null ? (body as { readonly id?: unknown }).id : body;
  const location = /\/api\/deployments\/([^/?#]+)/.exec(headers["location"] ?? "")?.[1];
  const id = headers["scm-deployment-id"] ?? (typeof named === "string" && /^[\w-]{8,}$/.test(named) ? named : location);
  return id ?? "latest";
}

/** A deployment is seen a moment after it was taken; while the service itself restarts it answers 5xx, which the engine asks again. */
function ended(cx: Context, host: string, id: string): Promise<Deployment> {
  return cx.until("the deployment to end", async () => {
    const found = await ifThere(cx.client.scm.deployment(host, id, cx));
    return isUnderWay(found) ? undefined : found;
  });
}

function isUnderWay(found: Deployment | undefined): boolean {
  return found !== undefined && underWay.has(found.status) && found.complete !== true;
}

async function failed(cx: Context, host: string, { id = "latest", status, status_text }: Deployment): Promise<AzureError> {
  const log = await cx.client.scm.log(host, id, cx).catch(() => []);
  const lines = log.flatMap(({ message }) => (message === undefined || message.trim() === "" ? [] : [message.trim()])).slice(-5);
  const words = { 3: "failed", 5: "lost against another", 6: "succeeded in part" }[status ?? 3] ?? `ended with ${status}`;
  const said = [status_text ?? "", ...lines].filter((line) => line !== "").join("; ");
  return new AzureError({ call: "publish", message: `the deployment ${words}${said === "" ? "" : `: ${said}`}` });
}

/** The latest deployment's id; nothing where the service does not tell. */
async function latest(cx: Context, host: string): Promise<string | undefined> {
  return together(cx, `latest ${host}`, async () => {
    try {
      return (await cx.client.scm.deployment(host, "latest", cx)).id;
    } catch (cause) {
      if (isMissing(cause) || isForbidden(cause)) return undefined;
      throw cause;
    }
  });
}

/** Which functions the app registers: its triggers' names, as its settings have them. */
export async function expected(cx: Context, app: string): Promise<readonly string[]> {
  const bindings = (await settingsOf(cx, app))?.[settingNames.bindings];
  try {
    const { triggers } = JSON.parse(bindings ?? "{}") as { readonly triggers?: readonly (readonly [string, string])[] };
    return (triggers ?? []).map(([name]) => name);
  } catch {
    return [];
  }
}

interface FunctionEnvelope {
  readonly name?: string;
  readonly properties?: { readonly name?: string };
}

/** The functions that Azure knows of: listed as `APP/NAME`. */
async function functionsOf(cx: Context, app: string): Promise<readonly string[]> {
  const path = `${sitePath(cx, app)}/functions`;
  const all = await together(cx, `functions ${app}`, () => ifThere(listed<FunctionEnvelope>(cx, path, versions.web)));
  return (all ?? []).map(({ name = "", properties }) => properties?.name ?? name.slice(name.lastIndexOf("/") + 1));
}

async function missing(cx: Context, app: string, wanted?: readonly string[]): Promise<readonly string[]> {
  const [names, there] = await Promise.all([wanted ?? expected(cx, app), functionsOf(cx, app)]);
  return names.filter((name) => !there.includes(name));
}

/** @throws FnpkgError E_VENDOR when they don't come, with what the host says */
async function functionsThere(cx: Context, app: string, wanted: readonly string[]): Promise<void> {
  cx.progress("waiting for the functions to be found");
  const began = cx.now();
  await cx.until("the functions to be found", async () => {
    const there = await functionsOf(cx, app);
    const left = wanted.filter((name) => !there.includes(name));
    if (left.length === 0) return true;
    if (cx.now() - began < functionsMs) return undefined;
    throw new FnpkgError("E_VENDOR", `the host does not find ${left.join(", ")} in the archive${await hostSays(cx, app)}`, {
      target: "azure-functions",
      hint: "Look at the app's log, correct the package, and deploy again.",
    });
  });
}

/** Why the host does not serve: `GET /admin/host/status` (azure-functions-host, HostController). */
async function hostSays(cx: Context, app: string): Promise<string> {
  try {
    const host = (await siteNamed(cx, app))?.properties?.defaultHostName ?? "";
    const key = (await hostKeys(cx, app)).masterKey ?? "";
    const status = await cx.client.host.get<{ readonly state?: string; readonly errors?: readonly string[] }>(
      host,
      "/admin/host/status",
      key,
      cx,
    );
    return `: it is ${status.state ?? "in an unknown state"}${(status.errors ?? []).map((line) => `; ${line}`).join("")}`;
  } catch {
    return "";
  }
}

export interface HostKeys {
  readonly masterKey?: string;
  readonly functionKeys?: { readonly [name: string]: string };
}

/** Never shown, and kept nowhere. A host that is starting is waited for, for so long. */
export function hostKeys(cx: Context, app: string, patienceMs = 0): Promise<HostKeys> {
  const path = `${sitePath(cx, app)}/host/default/listkeys`;
  const began = cx.now();
  return cx.until("the app's host to tell its keys", async () => {
    try {
      return (await cx.client.arm.post<HostKeys>(path, versions.web, undefined, cx)).body;
    } catch (cause) {
      if (isStarting(cause) && cx.now() - began < patienceMs) return undefined;
      throw cause;
    }
  });
}

/**
 * What the app's tag records, as long as the deployment service knows of nothing later. `wanted`: the names of its functions, where
 * they were just read.
 */
async function liveOf(cx: Context, site: Site, wanted?: readonly string[]): Promise<Live<CodeProps> | undefined> {
  const published = publishedIn(site.tags ?? {});
  if (published === undefined) return undefined;
  const app = answered(site.name, "the app's name");
  const [now, left] = await Promise.all([latest(cx, mustHaveScm(cx, site)), missing(cx, app, wanted)]);
  const other = published.deployment !== undefined && now !== undefined && now !== published.deployment;
  return {
    props: {
      name: `${app}/onedeploy`,
      properties: { remoteBuild: false, layout: other ? `published by something else: ${now}` : published.layout },
    },
    outputs: {},
    mark: markWithin(site, "code"),
    state: left.length === 0 ? "ready" : `without ${left.join(", ")}`,
  };
}
