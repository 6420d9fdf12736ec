export interface Order {
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly cents: number }[];
}

/** Throws an Error that says what is wrong with the order. */
export function parseOrder(value: unknown): Order {
  const lines = (value as { lines?: unknown } | null)?.lines;
  if (!Array.isArray(lines) || lines.length === 0) throw new Error("an order has lines");
  return {
    lines: lines.map((line: { sku?: unknown; quantity?: unknown; cents?: unknown } | null, index) => {
      const { sku, quantity, cents } = line ?? {};
      if (typeof sku !== "string" || !isCount(quantity) || !isCount(cents)) {
        throw new Error(`line ${index} needs sku, quantity and cents`);
      }
      return { sku, quantity, cents };
    }),
  };
}

/** In the smallest unit of the currency. */
export function total({ lines }: Order): number {
  return lines.reduce((sum, { quantity, cents }) => sum + quantity * cents, 0);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
