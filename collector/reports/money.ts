/**
 * Costs are summed as whole billionths of a dollar (Decimal(18, 9) in the store), so that no sum
 * depends on its order, and become numbers at the very end.
 */

const SCALE = 9;
const CENT = 10_000_000n;

/** Billionths of a dollar of a decimal such as ClickHouse's toString gives: `-12.3456`. */
export function parseUsd(decimal: string): bigint {
  const match = /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(decimal);
  if (!match) throw new RangeError(`not an amount of dollars: ${decimal}`);
  const [, sign, whole = '0', fraction = ''] = match;
  const nanos = BigInt(whole + fraction.padEnd(SCALE, '0'));
  return sign ? -nanos : nanos;
}

/** The number nearest to an amount. */
export function usdNumber(nanos: bigint): number {
  const digits = absolute(nanos)
    .toString()
    .padStart(SCALE + 1, '0');
  // by way of text: a division of a large sum would round twice
  const value = Number(`${digits.slice(0, -SCALE)}.${digits.slice(-SCALE)}`);
  return nanos < 0n ? -value : value;
}

/**
 * For people: to the cent, half a cent away from zero; `<$0.01` for what would read as nothing.
 * Takes the number of a report's JSON.
 */
export function formatUsd(usd: number): string {
  const sign = usd < 0 ? '-' : '';
  // nine digits give back the decimal that the number came from
  const nanos = parseUsd(Math.abs(usd).toFixed(SCALE));
  if (nanos > 0n && nanos < CENT) return usd < 0 ? '>-$0.01' : '<$0.01';
  const cents = (nanos + CENT / 2n) / CENT;
  return `${sign}$${formatCount(Number(cents / 100n))}.${(cents % 100n).toString().padStart(2, '0')}`;
}

/** `1,234,567`; fractions are rounded. Loading Intl's formatter takes longer than a table. */
export function formatCount(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}
