import { describe, expect, it } from 'vitest';
import { parseExpiry } from './expiry.ts';

const now = Date.parse('2026-11-21T12:00:00Z');

describe('an expiry', () => {
  it.each([
    ['90d', '2027-02-19T12:00:00.000Z'],
    ['12h', '2026-11-22T00:00:00.000Z'],
    ['1w', '2026-11-28T12:00:00.000Z'],
    ['2027-01-31', '2027-01-31T23:59:59.000Z'],
    ['2026-11-21', '2026-11-21T23:59:59.000Z'],
    ['2027-01-31T18:00:00+02:00', '2027-01-31T16:00:00.000Z'],
  ])('of %s is %s', (text, at) => {
    expect(parseExpiry(text, now)).toEqual({ at });
  });

  it.each(['soon', '90', '-1d', '2027-02-31', '2027-13-01', '90m', '', '2027-01-31T25:00Z'])(
    'of %j is refused with examples',
    (text) => {
      expect(parseExpiry(text, now)).toEqual({
        problem: expect.stringMatching(/such as 90d, 12h or 8w/) as string,
      });
    },
  );

  it.each(['2026-11-20', '0d', '2020-01-01T00:00Z'])('of %s is refused, because it is past', (text) => {
    expect(parseExpiry(text, now)).toEqual({ problem: expect.stringMatching(/which is past/) as string });
  });
});
