import { describe, expect, it } from 'vitest';
import { secretOf } from './credentials.ts';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('the token of a request', () => {
  it.each([
    ['Bearer tallyd_abc', 'tallyd_abc'],
    ['bearer   tallyd_abc ', 'tallyd_abc'],
    [basic('x:tallyd_abc'), 'tallyd_abc'],
    [basic(':tallyd_abc'), 'tallyd_abc'],
    [basic('x:with:colons'), 'with:colons'],
    ['Basic eDp0', 't'],
  ])('of %j is %j', (header, secret) => {
    expect(secretOf(header)).toBe(secret);
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'tallyd_abc',
    'Digest abc',
    'Bearer a b',
    basic('x'),
    basic('x:'),
    'Basic %%%',
  ])('is missing in %j', (header) => {
    expect(secretOf(header)).toBeUndefined();
  });
});
