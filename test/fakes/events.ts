/** Reads a verb to its end. */
export async function all<Event>(events: AsyncIterable<Event>): Promise<Event[]> {
  const list: Event[] = [];
  for await (const event of events) list.push(event);
  return list;
}

/** The last event, which must be a receipt. */
export async function receiptOf<Event extends { event: string }>(
  events: AsyncIterable<Event>,
): Promise<Extract<Event, { event: "receipt" }>> {
  const last = (await all(events)).at(-1);
  if (last?.event !== "receipt") throw new Error(`ended with ${last?.event}`);
  return last as Extract<Event, { event: "receipt" }>;
}
