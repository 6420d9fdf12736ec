/**
 * The app's settings. They are listed and replaced as a whole, without a revision: the settings of others are handed back as they
 * came, read right before the write, and read again after it.
 */
import { canonical, type Lifecycle, type Live, markText, readMark } from "fnpkg/adapter";
import type { AzureClient } from "../client.ts";
import { ifThere } from "../errors.ts";
import { ids, kinds, settingNames, type SettingsProps } from "../resources.ts";
import { appIn, appOf, markWithin, ourSites, sitePath } from "./app.ts";
import { markOf } from "./marks.ts";
import { answered, type Context, text, together } from "./shared.ts";
import { versions } from "./versions.ts";

export type Settings = { readonly [name: string]: string };

/** learn.microsoft.com/azure/azure-functions/functions-app-settings */
const insights = {
  connection: "APPLICATIONINSIGHTS_CONNECTION_STRING",
  authentication: "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
} as const;
const internal: readonly string[] = [settingNames.mark, settingNames.keys, ...Object.values(insights)];

/** So many looks, over some seconds, a write may take to be seen before it is made again. */
const patience = 15;

export const settingsLifecycle: Lifecycle<SettingsProps, AzureClient> = {
  after: [kinds.site],
  fixed: ["name"],
  secret: ["/properties/*"],
  whole: ["/properties"],
  permissions: {
    read: ["Microsoft.Insights/components/read", "Microsoft.Web/sites/config/list/action", "Microsoft.Web/sites/read"],
    create: ["Microsoft.Web/sites/config/write"],
    update: ["Microsoft.Web/sites/config/write"],
    delete: [],
  },
  lock: ({ name }) => `settings ${name}`,

  async find(cx) {
    const found = await Promise.all(
      (await ourSettings(cx)).map(async ({ name, settings }) => {
        const mark = readMark(settings?.[settingNames.mark]);
        if (settings === undefined || mark?.deployment !== cx.deployment) return [];
        return [{ id: mark.resource, live: await liveOf(cx, name, settings) }];
      }),
    );
    return found.flat();
  },

  async read(cx, _id, props) {
    const settings = await settingsOf(cx, appIn(props.name));
    if (settings === undefined) return undefined;
    // An app always has settings: without one of ours they are still to be made.
    if (settings[settingNames.mark] === undefined && !Object.keys(props.properties).some((name) => settings[name] !== undefined))
      return undefined;
    return liveOf(cx, appIn(props.name), settings, props);
  },

  create: write,
  update: write,

  /** They go with the app. */
  async delete() {},
};

export function settingsOf(cx: Context, app: string): Promise<Settings | undefined> {
  return together(cx, `settings ${app}`, async () => {
    const path = `${sitePath(cx, app)}/config/appsettings/list`;
    const found = await ifThere(cx.client.arm.post<{ readonly properties?: Settings | null }>(path, versions.web, undefined, cx));
    return found === undefined ? undefined : (found.body.properties ?? {});
  });
}

/** Of this deployment's apps; those of the app that the configuration names are asked for beside the search for apps. */
async function ourSettings(cx: Context): Promise<readonly { readonly name: string; readonly settings: Settings | undefined }[]> {
  const usual = appOf(cx);
  const [sites, early] = await Promise.all([ourSites(cx), settingsOf(cx, usual)]);
  return Promise.all(
    sites.map(async ({ name = "" }) => {
      const settings = name.toLowerCase() === usual.toLowerCase() ? early : await settingsOf(cx, name);
      return { name, settings };
    }),
  );
}

/** The scopes on which this deployment has things of a kind, or had them: what the kind's `find` looks through. */
export async function scopesOf(cx: Context, kind: string): Promise<readonly string[]> {
  const all = await ourSettings(cx);
  const end = `/providers/${kind}`;
  const places = all.flatMap(({ settings }) => placesIn(settings?.[settingNames.places])).filter((place) => place.endsWith(end));
  return [...new Set(places.map((place) => place.slice(0, -end.length)))];
}

export function placesIn(value: string | undefined): readonly string[] {
  try {
    const places = JSON.parse(value ?? "[]") as unknown;
    return Array.isArray(places) ? places.filter((place) => typeof place === "string") : [];
  } catch {
    return [];
  }
}

async function write(cx: Context, id: string, props: SettingsProps) {
  const app = appIn(props.name);
  const own = { ...ownOf(props), ...(await insightsOf(cx, props)) };
  const keys = Object.keys(own).toSorted().join(" ");
  const ours: Settings = { ...own, [settingNames.mark]: markText(markOf(cx, id)), [settingNames.keys]: keys };
  let looks = patience;
  await cx.until(`the settings of ${app} to be as wanted`, async () => {
    const live = answered(await settingsOf(cx, app), `the settings of ${app}`);
    const former = (live[settingNames.keys] ?? "").split(" ");
    const others = Object.fromEntries(Object.entries(live).filter(([name]) => !former.includes(name)));
    const places = { [settingNames.places]: union(live[settingNames.places], own[settingNames.places]) };
    const wanted = { ...others, ...ours, ...places };
    if (canonical(wanted) === canonical(live)) return true;
    if (looks++ < patience) return undefined;
    await cx.client.arm.put(`${sitePath(cx, app)}/config/appsettings`, versions.web, { properties: wanted }, cx);
    looks = 0;
    return undefined;
  });
  return {};
}

/** What was once there stays named until it is gone: the index is written before what it points to, and is longer than needed for a while. */
function union(live: string | undefined, wanted: string | undefined): string {
  return canonical([...new Set([...placesIn(live), ...placesIn(wanted)])].toSorted());
}

function ownOf({ properties }: SettingsProps): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, answered(text(value), `the value of ${name}`)]),
  );
}

/** So that the app's own identity sends what it logs: learn.microsoft.com/azure/azure-functions/configure-monitoring. */
async function insightsOf(cx: Context, { applicationInsights, properties }: SettingsProps): Promise<Settings> {
  if (applicationInsights === null) return {};
  const component = await cx.client.arm.get<{ readonly properties?: { readonly ConnectionString?: string } }>(
    applicationInsights,
    versions.insights,
    cx,
  );
  const client = Object.entries(properties).find(([name]) => name.endsWith("__clientId"))?.[1];
  return {
    [insights.connection]: answered(component.properties?.ConnectionString, "the component's connection string"),
    [insights.authentication]: typeof client === "string" ? `ClientId=${client};Authorization=AAD` : "Authorization=AAD",
  };
}

async function liveOf(cx: Context, app: string, settings: Settings, wanted?: SettingsProps): Promise<Live<SettingsProps>> {
  const ours = (settings[settingNames.keys] ?? "").split(" ");
  const shown = Object.entries(settings).filter(
    ([name]) =>
      !internal.includes(name) && (ours.includes(name) || (wanted !== undefined && Object.hasOwn(wanted.properties, name))),
  );
  const properties = Object.fromEntries(shown);
  const places = text(wanted?.properties[settingNames.places]);
  if (places !== undefined && placesIn(places).every((place) => placesIn(properties[settingNames.places]).includes(place)))
    properties[settingNames.places] = places;
  const applicationInsights = await insightsIn(cx, settings, ours, wanted);
  const mark = readMark(settings[settingNames.mark]);
  return {
    props: {
      name: `${app}/appsettings`,
      properties,
      ...(applicationInsights === undefined ? {} : { applicationInsights }),
    },
    outputs: {},
    // What is in an app of ours is ours, whoever wrote a setting of the same name before.
    mark: mark ?? (await ownersMark(cx, app)),
    state: "ready",
  };
}

/** The component whose connection the settings hold; nothing while it is not known which is wanted. */
async function insightsIn(
  cx: Context,
  settings: Settings,
  ours: readonly string[],
  wanted: SettingsProps | undefined,
): Promise<string | null | undefined> {
  const there = settings[insights.connection];
  if (wanted === undefined) return undefined;
  if (wanted.applicationInsights === null) return there !== undefined && ours.includes(insights.connection) ? "another" : null;
  const expected = await insightsOf(cx, wanted);
  return Object.entries(expected).every(([name, value]) => settings[name] === value) ? wanted.applicationInsights : null;
}

async function ownersMark(cx: Context, app: string) {
  return markWithin(
    (await ourSites(cx)).find(({ name }) => name?.toLowerCase() === app.toLowerCase()),
    ids.settings,
  );
}
