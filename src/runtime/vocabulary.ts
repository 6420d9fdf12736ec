/** The types of the neutral events: the same on every target. */
export const objectCreatedType = "dev.fnpkg.object.created.v1";
export const objectDeletedType = "dev.fnpkg.object.deleted.v1";
export const messageReceivedType = "dev.fnpkg.message.received.v1";
export const recordReceivedType = "dev.fnpkg.record.received.v1";
export const scheduleFiredType = "dev.fnpkg.schedule.fired.v1";

/** Data of the two object events; the event's subject is the key. */
export interface ObjectData {
  container: string;
  key: string;
  /** Bytes. */
  size?: number;
  etag?: string;
  contentType?: string;
  version?: string;
}

/** Data of a schedule event. */
export interface ScheduleData<T = unknown> {
  /** RFC 3339; the same as the event's `time`. */
  scheduledTime: string;
  /** The trigger's name. */
  trigger: string;
  /** What the configuration gives the trigger. */
  data?: T;
}

/** A string when the bytes are valid UTF-8, a value when a content type says JSON, else the bytes. */
export type MessageData = unknown;
