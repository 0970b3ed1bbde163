import fc from 'fast-check';
import { expect, it } from 'vitest';
import { multiplyDecimals, plainDecimal } from './decimal.ts';

it.each([
  [0, '0'],
  [3, '3'],
  [0.1, '0.1'],
  [1e-7, '0.0000001'],
  [1.25e21, '1250000000000000000000'],
  ['007.50', '7.5'],
  ['0.000', '0'],
])('writes %s as %s', (value, expected) => {
  expect(plainDecimal(value)).toBe(expected);
});

it('writes every amount so that it reads as the same number, without an exponent', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(plainDecimal(value)).toMatch(/^\d+(\.\d+)?$/);
      expect(Number(plainDecimal(value))).toBe(Math.abs(value));
    }),
  );
});

it.each([NaN, Infinity, -1, '1,5', ''])('refuses %s', (value) => {
  expect(() => plainDecimal(value)).toThrow(RangeError);
});

it('multiplies exactly', () => {
  expect(multiplyDecimals('0.1', '0.2')).toBe('0.02');
  expect(multiplyDecimals('12.5', '6')).toBe('75');
  expect(multiplyDecimals('3.75', '0')).toBe('0');
});
