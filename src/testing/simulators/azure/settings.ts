/** An app's settings: listed and replaced as a whole, https://learn.microsoft.com/rest/api/appservice/web-apps/update-application-settings */
import { type Asked, type Reply, webError } from "./asked.ts";
import type { App, Cloud, Settings } from "./state.ts";

/** learn.microsoft.com/azure/azure-functions/functions-app-settings, "Flex Consumption plan deprecations" */
const refused =
  /^(FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION|WEBSITE_RUN_FROM_PACKAGE|WEBSITE_CONTENT|SCM_DO_BUILD|ENABLE_ORYX)/;

export function settings(cloud: Cloud, app: App): Reply {
  const { settings: now, settingsBefore: before } = app;
  return { status: 200, body: shown(app, before !== undefined && cloud.now < before.until ? before.value : now) };
}

export function putSettings(cloud: Cloud, asked: Asked, app: App): Reply {
  if (cloud.isBusy(app) || app.gone !== undefined)
    return webError(409, "Conflict", "Cannot modify this web app because another operation is in progress.");
  const { properties = {} } = asked.body as { readonly properties?: Settings };
  const wrong = Object.keys(properties).find((name) => refused.test(name));
  if (wrong !== undefined) {
    const message = `The following app setting (Site.SiteConfig.AppSettings.${wrong}) for Flex Consumption sites is invalid.`;
    return webError(400, "BadRequest", message);
  }
  const { settings: was, settingsBefore: before } = app;
  const value = before !== undefined && cloud.now < before.until ? before.value : was;
  app.settingsBefore = { value, until: cloud.after("read") };
  app.settings = { ...properties };
  return { status: 200, body: shown(app, app.settings) };
}

function shown(app: App, properties: Settings) {
  return { id: `${app.id}/config/appsettings`, name: "appsettings", type: "Microsoft.Web/sites/config", properties };
}
