import { describe, expect, it } from 'vitest';
import { limitsSchema, NO_LIMITS } from './schema.ts';

function problemsOf(value: unknown): string[] {
  const result = limitsSchema.safeParse(value);
  return (result.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('limits of tallyd.yaml', () => {
  it('are tiers with requests, bytes and a window', () => {
    const { tiers, ...rest } = limitsSchema.parse({
      default: 'ci',
      tiers: {
        ci: { requests: 600, bytes: '2GiB', per: '1m' },
        slow: { bytes: '1.5MB', per: '10s' },
        plain: { bytes: 1000, per: '1 h' },
      },
    });
    expect(rest).toEqual({ default: 'ci', isSet: true });
    expect(Object.fromEntries(tiers)).toEqual({
      standard: { requests: 6000, per: 60 },
      ci: { requests: 600, bytes: 2 ** 31, per: 60 },
      slow: { bytes: 1_500_000, per: 10 },
      plain: { bytes: 1000, per: 3600 },
      unlimited: undefined,
    });
  });

  it('that say nothing are the standard tier alone', () => {
    expect(NO_LIMITS).toMatchObject({ default: 'standard', isSet: false });
    expect(limitsSchema.parse({ default: 'unlimited' })).toMatchObject({ isSet: true, default: 'unlimited' });
  });

  it.each([
    [[], ': must be a map with default, tiers'],
    [{ tier: {} }, ': tier is not known here; there are default, tiers'],
    [{ default: 'gold' }, 'default: is "gold", which is no tier; there are standard, unlimited'],
    [{ tiers: [] }, 'tiers: tiers must be a map of names to tiers'],
    [{ tiers: { a: 600 } }, 'tiers.a: must be a map such as { requests: 600, bytes: 2GiB, per: 1m }'],
    [{ tiers: { a: { per: '1m' } } }, 'tiers.a: must have requests, bytes or both'],
    [{ tiers: { a: { requests: 6 } } }, 'tiers.a.per: per must be a time of at most a day with its unit'],
    [{ tiers: { a: { requests: 6, per: 60 } } }, 'tiers.a.per: per must be a time'],
    [{ tiers: { a: { requests: 6, per: '2d' } } }, 'tiers.a.per: per must be a time'],
    [{ tiers: { a: { requests: 0, per: '1m' } } }, 'tiers.a.requests: requests must be above 0'],
    [{ tiers: { a: { requests: 1.5, per: '1m' } } }, 'tiers.a.requests: requests must be a whole number'],
    [
      { tiers: { a: { bytes: '2 gigs', per: '1m' } } },
      'tiers.a.bytes: bytes must be a whole number, or one with',
    ],
    [
      { tiers: { a: { bytes: 5, per: '1m', burst: 2 } } },
      'tiers.a: burst is not known here; there are requests',
    ],
    [{ tiers: { 'a b': { bytes: 5, per: '1m' } } }, 'tiers.a b: cannot be a name'],
    [
      { tiers: { unlimited: { bytes: 5, per: '1m' } } },
      'tiers.unlimited: is there already, and has no limits',
    ],
  ])('with a mistake get a sentence: %j', (value, sentence) => {
    expect(problemsOf(value).join('\n')).toContain(sentence);
  });
});
