/**
 * What rows of `model_prices` make of an event, in TypeScript: the meaning of {@link PriceRow} in a
 * few lines, for tests (of this room, and of the SQL that does the same in the store) and the demo's bills.
 */
import type { PriceRow } from './types.ts';

/** Disjoint token counts, as the event has them. */
export interface TokenCounts {
  input: number;
  cacheWrite5m: number;
  cacheWrite1h: number;
  cacheRead: number;
  output: number;
}

export const inputTokens = (t: TokenCounts): number =>
  t.input + t.cacheWrite5m + t.cacheWrite1h + t.cacheRead;

/** The row that holds for a request at a time (ms since the epoch): the last one by ordinal. */
export function rowAt(rows: readonly PriceRow[], at: number, tokens: TokenCounts): PriceRow | undefined {
  const second = Math.floor(at / 1000) % 86_400;
  return [...rows]
    .sort((a, b) => a.ordinal - b.ordinal)
    .findLast(
      (row) =>
        row.validFrom <= at &&
        at < row.validUntil &&
        row.dailyFrom <= second &&
        second < row.dailyUntil &&
        row.aboveInputTokens < inputTokens(tokens),
    );
}

/** Dollars, in floating point: near enough to compare, not to keep. Undefined when unpriced. */
export function costAt(rows: readonly PriceRow[], at: number, tokens: TokenCounts): number | undefined {
  const row = rowAt(rows, at, tokens);
  if (!row) return undefined;
  const millionths =
    tokens.input * Number(row.input) +
    tokens.cacheWrite5m * Number(row.cacheWrite5m) +
    tokens.cacheWrite1h * Number(row.cacheWrite1h) +
    tokens.cacheRead * Number(row.cacheRead) +
    tokens.output * Number(row.output);
  return millionths / 1_000_000;
}
