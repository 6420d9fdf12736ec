// The event types are neutral: the same whether S3, Cloud Storage, Blob Storage or a watched folder reported the object.
const handlers = {
  "dev.fnpkg.object.created.v1"({ data }, { log }) {
    log.info("photo arrived", { container: data.container, key: data.key, size: data.size });
  },
  "dev.fnpkg.message.received.v1"({ id, data }, { log }) {
    log.info("order received", { id, order: data });
  },
  "dev.fnpkg.schedule.fired.v1"({ data }, { env, log }) {
    const day = 24 * 60 * 60 * 1000;
    const oldest = new Date(Date.parse(data.scheduledTime) - Number(env.KEEP_DAYS) * day).toISOString();
    log.info("sweeping", { oldest, mode: data.data?.mode });
  },
};

/** @type {import("fnpkg/function").CloudEventHandler<any>} */
export default function photos(event, context) {
  const handle = handlers[event.type];
  if (handle === undefined) throw new Error(`no handler for ${event.type}`);
  handle(event, context);
}
