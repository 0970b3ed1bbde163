import { expect, it } from 'vitest';
import { memoryCounters } from './counters.ts';
import { RateLimits, type Who } from './rate-limits.ts';
import { limitsSchema } from './schema.ts';

const ada: Who = { key: 'tok_1', name: 'the token ada' };
const bob: Who = { key: 'tok_2', name: 'the token bob', tier: 'ci' };

function ratesOf(tiers: object, log: string[] = []): RateLimits {
  const limits = limitsSchema.parse({ tiers });
  return new RateLimits({
    ...{ limits, limiterOf: memoryCounters().limiterOf },
    log: { warn: (message) => log.push(message) },
  });
}

it('counts the requests of each token by its tier, and says what is left', async () => {
  const rates = ratesOf({
    standard: { requests: 2, bytes: 1000, per: '1h' },
    ci: { requests: 1, per: '1m' },
  });
  expect(await rates.request(ada)).toEqual({
    headers: {
      'RateLimit-Policy': '"requests";q=2;w=3600, "bytes";q=1000;qu="content-bytes";w=3600',
      RateLimit: '"requests";r=1;t=3600',
      'RateLimit-Limit': '2',
      'RateLimit-Remaining': '1',
      'RateLimit-Reset': '3600',
    },
  });
  expect((await rates.request(ada)).refusal).toBeUndefined();
  expect((await rates.request(bob)).refusal).toBeUndefined();
  const { headers, refusal } = await rates.request(ada);
  expect(headers['RateLimit-Remaining']).toBe('0');
  expect(refusal).toMatchObject({ status: 429, reason: 'requests' });
  expect(refusal!.seconds).toBeGreaterThan(3000);
  expect(refusal!.detail).toMatch(
    /^the token ada has used up its 2 requests in an hour \(tier standard\): wait \d+ seconds, then/,
  );
  expect((await rates.request(bob)).refusal?.detail).toContain('1 requests in a minute (tier ci)');
});

it('refuses a body that does not fit any more without counting it, and one that never fits for good', async () => {
  const rates = ratesOf({ standard: { bytes: 1000, per: '1m' } });
  expect((await rates.bytes(ada, 600)).headers).toMatchObject({ RateLimit: '"bytes";r=400;t=60' });
  expect((await rates.bytes(ada, 500)).refusal).toMatchObject({ status: 429, reason: 'bytes' });
  expect((await rates.bytes(ada, 500)).refusal?.detail).toContain('has 400 left of its 1000 bytes');
  expect((await rates.bytes(ada, 400)).refusal).toBeUndefined();
  expect((await rates.bytes(ada, 1001)).refusal).toMatchObject({ status: 413 });
  expect((await rates.bytes(bob, 10, 1001)).refusal).toMatchObject({ status: 413 });
  expect(await rates.request(ada)).toEqual({
    headers: { 'RateLimit-Policy': '"bytes";q=1000;qu="content-bytes";w=60' },
  });
});

it('gives everything again when the window is over', async () => {
  const rates = ratesOf({ standard: { requests: 1, per: '1s' } });
  await rates.request(ada);
  const deadline = Date.now() + 20_000;
  while ((await rates.request(ada)).refusal) {
    if (Date.now() > deadline) throw new Error('the window never ended');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

it('never limits the tier unlimited, and treats a tier that is gone as the default, saying so once', async () => {
  const log: string[] = [];
  const rates = ratesOf({ standard: { requests: 1, per: '1h' } }, log);
  for (let i = 0; i < 5; i++)
    expect(await rates.request({ ...bob, tier: 'unlimited' })).toEqual({ headers: {} });
  const gold = { ...bob, tier: 'gold' };
  await rates.request(gold);
  expect((await rates.request(gold)).refusal).toMatchObject({ status: 429 });
  expect(log).toEqual([expect.stringMatching(/^the token bob has the tier gold, which is not among/)]);
});
