/** Azure: one http function, open to all, on a Flex Consumption plan of its own. */

/** Milliseconds; shorter than Azure's own, in whole seconds where Azure says in seconds when to come back. */
export const lags = { plan: 1000, site: 1000, publish: 2000, sync: 500 };
const account = "benchaccount";
const container = "packages";

export const target = "azure-functions";
export const env = { AZURE_ACCESS_TOKEN: "arm-token", AZURE_STORAGE_ACCESS_TOKEN: "arm-token-storage" };
export const section = {
  subscription: "11111111-1111-1111-1111-111111111111",
  resourceGroup: "acme",
  region: "westeurope",
  storage: { account, container },
};
export const identity = {};

export function simulator({ azureSimulator }, options) {
  const it = azureSimulator({ lags, appsOnPage: 1000, ...options });
  it.vendor.state.accounts.set(account, { containers: new Set([container]) });
  return it;
}

const app = "Microsoft.Web/sites";
const plan = "Microsoft.Web/serverfarms";

/** `rest`: Retry-After, in which the vendor asks not to be asked. */
export function graphs(archive) {
  const reads = [
    // Are they there? Whose are they?
    { id: "plan", op: `GET ${plan}`, after: [] },
    { id: "app", op: `GET ${app}`, after: [] },
  ];
  const readsNew = [
    ...reads,
    // What must be there already: the group, the account, the container; and what the region offers.
    { id: "group", op: "GET resourceGroups", after: [] },
    { id: "account", op: "GET Microsoft.Storage/storageAccounts", after: [] },
    { id: "container", op: "GET Microsoft.Storage/storageAccounts/blobServices/containers", after: [] },
    { id: "stacks", op: "GET Microsoft.Web/locations/functionAppStacks", after: [] },
  ];
  const readsOld = [
    ...reads,
    { id: "settings", op: `POST ${app}/config/list`, after: [] },
    { id: "functions", op: `GET ${app}/functions`, after: [] },
    // The app's answer names the host of its deployments.
    { id: "latest", op: "GET scm/deployments", after: ["app"] },
  ];
  const ids = (nodes) => nodes.map(({ id }) => id);
  /** `sync`: the host lists functions of other names than before a moment later. */
  const published = (before, sync) => [
    { id: "publish", op: "POST scm/publish", after: before, bytes: archive },
    { id: "published", op: "GET scm/deployments", after: ["publish"], once: { of: "publish", ms: lags.publish } },
    // Does the host find the functions in the archive?
    { id: "found", op: `GET ${app}/functions`, after: ["published"], once: { of: "publish", ms: lags.publish + sync } },
    // What was published goes on record once it serves: the app is written whole, as it is by now.
    { id: "app now", op: `GET ${app}`, after: ["published"] },
    { id: "record", op: `PUT ${app}`, after: ["found", "app now"] },
    { id: "recorded", op: "GET operations", after: ["record"], rest: lags.site, once: { of: "record", ms: lags.site } },
    // Read back.
    { id: "app again", op: `GET ${app}`, after: ["recorded"] },
    { id: "latest again", op: "GET scm/deployments", after: ["published"] },
  ];
  return {
    new: [
      ...readsNew,
      { id: "make the plan", op: `PUT ${plan}`, after: ids(readsNew) },
      {
        id: "plan made",
        op: "GET operations",
        after: ["make the plan"],
        rest: lags.plan,
        once: { of: "make the plan", ms: lags.plan },
      },
      { id: "make the app", op: `PUT ${app}`, after: ["plan made"] },
      {
        id: "app made",
        op: "GET operations",
        after: ["make the app"],
        rest: lags.site,
        once: { of: "make the app", ms: lags.site },
      },
      // Settings are written as a whole: others' are handed back as they are.
      { id: "settings before", op: `POST ${app}/config/list`, after: ["app made"] },
      { id: "set", op: `PUT ${app}/config`, after: ["settings before"] },
      // The host starts with its settings.
      ...published(["set"], lags.sync),
      { id: "plan again", op: `GET ${plan}`, after: ["plan made"] },
      { id: "settings again", op: `POST ${app}/config/list`, after: ["set"] },
    ],
    unchanged: readsOld,
    changed: [
      ...readsOld,
      // What is on record is taken off before the code changes, so that whoever is stopped in between publishes again.
      { id: "take off", op: `PUT ${app}`, after: ids(readsOld) },
      { id: "taken off", op: "GET operations", after: ["take off"], rest: lags.site, once: { of: "take off", ms: lags.site } },
      ...published(["taken off"], 0),
    ],
  };
}

const wait = { of: "POST scm/publish", by: "GET scm/deployments", ms: lags.publish };
export const waits = { new: [wait], unchanged: [], changed: [wait] };
