import { describe, expect, it } from 'vitest';
import { beginsAs, digest, digestBefore, fingerprintBytes, NOTHING, same } from './fingerprint.ts';

describe('a fingerprint', () => {
  it('still matches when the file has grown, and not when its beginning changed or was cut', () => {
    const fingerprint = digest(Buffer.from('beginning'));
    expect(beginsAs(Buffer.from('beginning and more'), fingerprint)).toBe(true);
    expect(beginsAs(Buffer.from('Beginning and more'), fingerprint)).toBe(false);
    expect(beginsAs(Buffer.from('begin'), fingerprint)).toBe(false);
    expect(beginsAs(Buffer.from('anything'), NOTHING)).toBe(true);
  });

  it('reaches past the header of delimited files, which all begin alike', () => {
    expect(fingerprintBytes('table')).toBeGreaterThan(fingerprintBytes('lines'));
  });

  it('of the bytes before a position is of at most 256', () => {
    const bytes = Buffer.from('x'.repeat(300) + 'y');
    expect(digestBefore(bytes, 300)).toEqual(digest(bytes.subarray(44, 300)));
    expect(same(bytes.subarray(0, 10), digestBefore(bytes, 10))).toBe(true);
    expect(digestBefore(bytes, 0)).toEqual(NOTHING);
  });
});
