/** Google Cloud Functions: the archive under Google's own framework; events as Eventarc and Cloud Scheduler send them. */
import { setTimeout as wait } from "node:timers/promises";
import { kinds } from "../../adapters/google-cloud-functions/resources.ts";
import { missing, serveArchive } from "../adapters/google-cloud-functions/archive-site.ts";
import { build, variables } from "./archive.ts";
import { send } from "./raw-http.ts";
import { bound, type Call, type Happening, type Target } from "./target.ts";

export const google: Target = {
  name: "google-cloud-functions",
  missing,
  async start(deployment) {
    const { file, packageDigest, props } = await build("google-cloud-functions", kinds.function, deployment);
    const env = variables(props, "serviceConfig", "environmentVariables");
    const site = await serveArchive({ file, folder: deployment.folder, env });
    return {
      packageDigest,
      call: (call) => send(site.port, call),
      deliver: (happenings) =>
        Promise.all(
          happenings.map(async (happening, index) => {
            await wait(index);
            const { status } = await send(site.port, posted(happening));
            return status >= 200 && status < 300 ? "handled" : "failed";
          }),
        ),
      close: () => site.close(),
    };
  },
};

function posted(happening: Happening): Call {
  switch (happening.type) {
    case "message":
      return cloudEvent("google.cloud.pubsub.topic.v1.messagePublished", happening.id, {
        source: `//pubsub.googleapis.com/projects/acme-shop/topics/${happening.trigger}`,
        data: {
          subscription: "projects/acme-shop/subscriptions/eventarc-1",
          message: {
            data: Buffer.from(happening.body).toString("base64"),
            messageId: happening.id,
            publishTime: "2026-01-02T03:04:05.678Z",
            attributes: {
              ...happening.attributes,
              ...(happening.contentType === undefined ? {} : { "content-type": happening.contentType }),
            },
          },
        },
      });
    case "created":
    case "deleted": {
      const kind = happening.type === "created" ? "finalized" : "deleted";
      const size = happening.type === "created" ? { size: String(happening.size) } : {};
      return cloudEvent(`google.cloud.storage.object.v1.${kind}`, happening.id, {
        source: `//storage.googleapis.com/projects/_/buckets/${bound.bucket}`,
        subject: `objects/${happening.key}`,
        data: { kind: "storage#object", bucket: bound.bucket, name: happening.key, generation: "1", ...size },
      });
    }
    case "schedule":
      // Its body is the job's; the headers are Scheduler's.
      return {
        method: "POST",
        path: "/",
        headers: [
          ["content-type", "application/json"],
          ["user-agent", "Google-Cloud-Scheduler"],
          ["x-cloudscheduler", "true"],
          ["x-cloudscheduler-jobname", `tested--${happening.trigger}`],
          ["x-cloudscheduler-scheduletime", happening.time],
        ],
        body: Buffer.from(JSON.stringify({ fnpkg: "schedule", trigger: happening.trigger, data: { mode: "sweep" } })),
      };
    default:
      return happening satisfies never;
  }
}

/** In binary mode; header values are percent-encoded (https://github.com/cloudevents/spec, http-protocol-binding.md 3.1.3.2). */
function cloudEvent(
  type: string,
  id: string,
  { source, subject, data }: { readonly source: string; readonly subject?: string; readonly data: object },
): Call {
  const attributes = { specversion: "1.0", type, id, source, time: "2026-01-02T03:04:05.678Z", subject };
  const headers = Object.entries(attributes).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[`ce-${name}`, encodeURI(value).replaceAll('"', "%22")]],
  );
  return {
    method: "POST",
    path: "/",
    headers: [...headers, ["content-type", "application/json"]],
    body: Buffer.from(JSON.stringify(data)),
  };
}
