/**
 * Decimal numbers as strings. Prices go to ClickHouse as Decimal, and 0.1 + 0.2 must not show
 * there; so they are never computed with as floating point numbers.
 */

const PLAIN = /^\d+(?:\.\d+)?$/;

/** Whether this is a plain decimal: digits, perhaps a point and more digits; no sign, no exponent. */
export function isPlainDecimal(text: string): boolean {
  return PLAIN.test(text);
}

/**
 * The shortest plain decimal that reads as this number: `2.5e-7` becomes `0.00000025`. A string is
 * taken as it is written, without needless zeros. Throws RangeError for what is no amount.
 */
export function plainDecimal(value: number | string): string {
  const text = typeof value === 'number' ? String(value) : value.trim();
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  if (!PLAIN.test(mantissa) || !/^[+-]?\d{1,3}$/.test(exponent)) {
    throw new RangeError(`not an amount: ${text}`);
  }
  const [whole = '', fraction = ''] = mantissa.split('.');
  return fromDigits(whole + fraction, fraction.length - Number(exponent));
}

/** The exact product of two plain decimals. */
export function multiplyDecimals(a: string, b: string): string {
  const [aWhole = '', aFraction = ''] = a.split('.');
  const [bWhole = '', bFraction = ''] = b.split('.');
  const digits = BigInt(aWhole + aFraction) * BigInt(bWhole + bFraction);
  return fromDigits(digits.toString(), aFraction.length + bFraction.length);
}

/** Puts the point `scale` digits from the right (a negative scale appends zeros). */
function fromDigits(digits: string, scale: number): string {
  if (scale < 0) return fromDigits(digits + '0'.repeat(-scale), 0);
  const padded = digits.padStart(scale + 1, '0');
  const whole = padded.slice(0, padded.length - scale).replace(/^0+(?=\d)/, '');
  const fraction = padded.slice(padded.length - scale).replace(/0+$/, '');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
