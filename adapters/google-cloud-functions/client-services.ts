/** The methods of each API as requests. */
import type { Apis, Call, Page } from "./client-api.ts";
import { named, type Api, type Request, type Send } from "./client-rest.ts";

/** Waits for its turn before a change of a function. */
export type Pace = (call: Call) => Promise<void>;

export function services(send: Send, pace: Pace): Apis {
  const page = async <Item>(
    api: Api,
    request: Request,
    key: string,
    token: string | undefined,
    call: Call,
  ): Promise<Page<Item>> => {
    const query = { ...request.query, pageToken: token };
    const answer = await send<{ readonly [field: string]: unknown }>(api, { ...request, query }, call);
    const next = answer["nextPageToken"];
    return {
      items: (answer[key] as readonly Item[] | undefined) ?? [],
      next: typeof next === "string" && next !== "" ? next : undefined,
    };
  };
  const mask = (paths: readonly string[]) => ({ updateMask: paths.join(",") });
  const changing: Send = async (api, request, call) => {
    await pace(call);
    return send(api, request, call);
  };

  return {
    functions: {
      getFunction: (name, call) => send("functions", { path: `/v2/${named(name)}` }, call),
      listFunctions: (parent, token, call) =>
        page("functions", { path: `/v2/${named(parent)}/functions` }, "functions", token, call),
      createFunction: (parent, id, body, call) =>
        changing("functions", { method: "POST", path: `/v2/${named(parent)}/functions`, query: { functionId: id }, body }, call),
      patchFunction: (name, body, paths, call) =>
        changing("functions", { method: "PATCH", path: `/v2/${named(name)}`, query: mask(paths), body }, call),
      deleteFunction: (name, call) => changing("functions", { method: "DELETE", path: `/v2/${named(name)}` }, call),
      generateUploadUrl: (parent, body, call) =>
        send("functions", { method: "POST", path: `/v2/${named(parent)}/functions:generateUploadUrl`, body }, call),
      listRuntimes: (parent, token, call) =>
        page("functions", { path: `/v2/${named(parent)}/runtimes` }, "runtimes", token, call),
      getOperation: (name, call) => send("functions", { path: `/v2/${named(name)}` }, call),
    },
    run: {
      getService: (name, call) => send("run", { path: `/v2/${named(name)}` }, call),
      patchService: (name, body, paths, call) =>
        send("run", { method: "PATCH", path: `/v2/${named(name)}`, query: mask(paths), body }, call),
      listRevisions: (service, token, call) => page("run", { path: `/v2/${named(service)}/revisions` }, "revisions", token, call),
      getRevision: (name, call) => send("run", { path: `/v2/${named(name)}` }, call),
      getOperation: (name, call) => send("run", { path: `/v2/${named(name)}` }, call),
      getIamPolicy: (service, call) =>
        send("run", { path: `/v2/${named(service)}:getIamPolicy`, query: { "options.requestedPolicyVersion": "3" } }, call),
      setIamPolicy: (service, policy, call) =>
        send("run", { method: "POST", path: `/v2/${named(service)}:setIamPolicy`, body: { policy } }, call),
    },
    scheduler: {
      getJob: (name, call) => send("scheduler", { path: `/v1/${named(name)}` }, call),
      listJobs: (parent, token, call) => page("scheduler", { path: `/v1/${named(parent)}/jobs` }, "jobs", token, call),
      createJob: (parent, body, call) => send("scheduler", { method: "POST", path: `/v1/${named(parent)}/jobs`, body }, call),
      patchJob: (name, body, paths, call) =>
        send("scheduler", { method: "PATCH", path: `/v1/${named(name)}`, query: mask(paths), body }, call),
      resumeJob: (name, call) => send("scheduler", { method: "POST", path: `/v1/${named(name)}:resume`, body: {} }, call),
      deleteJob: (name, call) => send("scheduler", { method: "DELETE", path: `/v1/${named(name)}` }, call),
    },
    pubsub: {
      getTopic: (name, call) => send("pubsub", { path: `/v1/${named(name)}` }, call),
      listTopics: (project, token, call) => page("pubsub", { path: `/v1/${named(project)}/topics` }, "topics", token, call),
      createTopic: (name, body, call) => send("pubsub", { method: "PUT", path: `/v1/${named(name)}`, body }, call),
      patchTopic: (name, topic, paths, call) =>
        send("pubsub", { method: "PATCH", path: `/v1/${named(name)}`, body: { topic, updateMask: paths.join(",") } }, call),
      deleteTopic: (name, call) => send("pubsub", { method: "DELETE", path: `/v1/${named(name)}` }, call),
      getSubscription: (name, call) => send("pubsub", { path: `/v1/${named(name)}` }, call),
      patchSubscription: (name, subscription, paths, call) =>
        send(
          "pubsub",
          { method: "PATCH", path: `/v1/${named(name)}`, body: { subscription, updateMask: paths.join(",") } },
          call,
        ),
    },
    eventarc: {
      getTrigger: (name, call) => send("eventarc", { path: `/v1/${named(name)}` }, call),
    },
    storage: {
      getBucket: (name, call) =>
        send("storage", { path: `/storage/v1/b/${encodeURIComponent(name)}`, query: { fields: "location,locationType" } }, call),
    },
    logging: {
      listEntries: async (body, call) => {
        const { entries, nextPageToken } = await send<{ entries?: readonly object[]; nextPageToken?: string }>(
          "logging",
          { method: "POST", path: "/v2/entries:list", body },
          call,
        );
        return { items: entries ?? [], next: nextPageToken === "" ? undefined : nextPageToken };
      },
    },
    builds: {
      getBuild: (name, call) => send("builds", { path: `/v1/${named(name)}` }, call),
    },
    iam: {
      getServiceAccount: (name, call) => send("iam", { path: `/v1/${named(name)}` }, call),
      testServiceAccount: async (name, permissions, call) => {
        const path = `/v1/${named(name)}:testIamPermissions`;
        const answer = await send<{ readonly permissions?: readonly string[] }>(
          "iam",
          { method: "POST", path, body: { permissions } },
          call,
        );
        return answer.permissions ?? [];
      },
    },
  };
}
