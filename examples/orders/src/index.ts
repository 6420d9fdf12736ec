import type { HttpHandler } from "fnpkg/function";
import { type Order, parseOrder, total } from "./order.ts";

const handler: HttpHandler = async (request, { env, log }) => {
  let order: Order;
  try {
    order = parseOrder(await request.json());
  } catch (error) {
    return json(400, { error: error instanceof Error ? error.message : "no order" });
  }
  const priced = { lines: order.lines.length, total: total(order), currency: env["CURRENCY"] };
  log.info("order priced", priced);
  return json(200, priced);
};
export default handler;

function json(status: number, value: unknown): { status: number; headers: Record<string, string>; body: string } {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}
