/** Google: one http function, open to all, of the second generation. */

/** Milliseconds; shorter than Google's own, so that little hides behind them. */
export const lags = { build: 2000, service: 500 };
const region = "europe-west1";
const project = "acme-project";

export const target = "google-cloud-functions";
export const env = { GOOGLE_OAUTH_ACCESS_TOKEN: "ya29.correct-token" };
export const section = { project, region };
export const identity = {};

export function simulator({ googleSimulator }, options) {
  return googleSimulator({ project, region, lags, ...options });
}

/**
 * The least calls, one line each, with what each waits for. Where a call waits only for what must be known before anything may be
 * written (that the function is not there, or is ours, and that the region runs the version), it waits for all of those reads.
 */
export function graphs(archive) {
  const readsNew = ["function", "runtimes"];
  const reads = ["function", "service", "policy"];
  return {
    new: [
      // Is it there? Whose is it?
      { id: "function", op: "functions.get", after: [] },
      // Does the region run this version of Node?
      { id: "runtimes", op: "runtimes.list", after: [] },
      // Nothing is uploaded for a deploy that is refused.
      { id: "address", op: "functions.generateUploadUrl", after: readsNew },
      { id: "upload", op: "objects.upload", after: ["address"], bytes: archive },
      { id: "create", op: "functions.create", after: ["upload"] },
      // The operation's end answers the whole function, its service and its revision.
      { id: "built", op: "operations.get", after: ["create"], once: { of: "create", ms: lags.build + lags.service } },
      // The new revision has no traffic by itself where what serves shall go on serving: the first one has.
      { id: "serving", op: "services.get", after: ["built"] },
      // The policy is written under its etag.
      { id: "policy", op: "services.getIamPolicy", after: ["built"] },
      { id: "open", op: "services.setIamPolicy", after: ["policy"] },
      // Read back.
      { id: "function again", op: "functions.get", after: ["built"] },
      { id: "policy again", op: "services.getIamPolicy", after: ["open"] },
    ],
    unchanged: [
      { id: "function", op: "functions.get", after: [] },
      // The function's answer names its service.
      { id: "service", op: "services.get", after: ["function"] },
      { id: "policy", op: "services.getIamPolicy", after: ["function"] },
    ],
    changed: [
      { id: "function", op: "functions.get", after: [] },
      { id: "service", op: "services.get", after: ["function"] },
      { id: "policy", op: "services.getIamPolicy", after: ["function"] },
      { id: "address", op: "functions.generateUploadUrl", after: reads },
      { id: "upload", op: "objects.upload", after: ["address"], bytes: archive },
      // The first change finds traffic that goes to whatever is newest: what serves is pinned, so that it goes on until all is ready.
      { id: "pin", op: "services.patch", after: reads },
      { id: "pinned", op: "operations.get", after: ["pin"], once: { of: "pin", ms: lags.service } },
      { id: "patch", op: "functions.patch", after: ["upload", "pinned"] },
      { id: "built", op: "operations.get", after: ["patch"], once: { of: "patch", ms: lags.build + lags.service } },
      // It is moved to the new revision, under the service's etag.
      { id: "service now", op: "services.get", after: ["built"] },
      { id: "switch", op: "services.patch", after: ["service now"] },
      { id: "switched", op: "operations.get", after: ["switch"], once: { of: "switch", ms: lags.service } },
      { id: "function again", op: "functions.get", after: ["built"] },
      { id: "service again", op: "services.get", after: ["switched"] },
    ],
  };
}

/** The waits: a look that `by` takes until `ms` after `of` has arrived. */
export const waits = {
  new: [{ of: "functions.create", by: "operations.get", ms: lags.build + lags.service }],
  unchanged: [],
  changed: [
    { of: "functions.patch", by: "operations.get", ms: lags.build + lags.service },
    { of: "services.patch", by: "operations.get", ms: lags.service },
  ],
};
