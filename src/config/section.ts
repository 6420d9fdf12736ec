/** A target's own section: what every section takes, and the adapter's keys by its schema. */
import { z, type ZodType } from "zod";
import type { JsonObject } from "../json.ts";
import type { Cx } from "./cx.ts";
import { targetCommon } from "./schema.ts";
import { shapeOf } from "./shape.ts";
import { isMap, nodeAt } from "./tree.ts";

export interface ReadSection<Section> {
  /** As written where the adapter's schema refused it. */
  readonly section: Section;
  readonly endpoint?: string;
  readonly raw: JsonObject;
  readonly valid: boolean;
}

const common = z.looseObject({ endpoint: targetCommon.endpoint, raw: targetCommon.raw });

/** Problems have pointers under `/targets/T`. */
export function readSection<Section>(cx: Cx, schema: ZodType<Section> | undefined): ReadSection<Section> {
  const at = ["targets", cx.target];
  const value = cx.value(at);
  const tree = nodeAt(cx.tree, at);
  const planted = tree === undefined ? {} : { tree };
  const { endpoint, raw, ...own } = isMap(value) ? value : {};
  const shared = shapeOf(
    common,
    { ...(endpoint === undefined ? {} : { endpoint }), ...(raw === undefined ? {} : { raw }) },
    { at, ...planted },
  );
  cx.reportAll(shared.problems);
  const read = schema === undefined ? { value: own as Section, problems: [] } : shapeOf(schema, own, { at, ...planted });
  cx.reportAll(read.problems);
  const valid = read.problems.length === 0;
  return {
    section: valid ? (read.value as Section) : (own as Section),
    ...(shared.value?.endpoint === undefined ? {} : { endpoint: shared.value.endpoint }),
    raw: isMap(raw) ? raw : {},
    valid,
  };
}
