import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCount, formatUsd, parseUsd, usdNumber } from './money.ts';

describe('an amount', () => {
  it('is read to the billionth of a dollar', () => {
    expect(parseUsd('12.3456')).toBe(12_345_600_000n);
    expect(parseUsd('-0.000000001')).toBe(-1n);
    expect(parseUsd('7')).toBe(7_000_000_000n);
    expect(() => parseUsd('1e-9')).toThrow('not an amount of dollars: 1e-9');
  });

  it('becomes the number that its decimal text would read as', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), (nanos) => {
        const digits = (nanos < 0n ? -nanos : nanos).toString().padStart(10, '0');
        const text = `${nanos < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
        // negative zero is no amount
        expect(usdNumber(nanos)).toBe(Number(text));
        expect(parseUsd(text)).toBe(nanos);
      }),
    );
  });

  it.each([
    [0, '$0.00'],
    [0.000000001, '<$0.01'],
    [0.009999999, '<$0.01'],
    [0.01, '$0.01'],
    [1.005, '$1.01'],
    [1.00495, '$1.00'],
    [1234.5, '$1,234.50'],
    [1234567.899, '$1,234,567.90'],
    [-3.456, '-$3.46'],
    [-0.001, '>-$0.01'],
  ])('of %d dollars is shown as %s', (usd, text) => {
    expect(formatUsd(usd)).toBe(text);
  });

  it('of tokens has separators', () => {
    expect(formatCount(1234567)).toBe('1,234,567');
  });
});
