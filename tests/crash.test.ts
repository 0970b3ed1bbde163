/**
 * The collector killed a few times, at moments that matter: the short form of `npm run test:crash`,
 * see docs/reliability.md.
 */
import { expect, it } from 'vitest';
import { crash, isClean, summary } from './crash/harness.ts';

it(
  'loses nothing and counts nothing twice when it is killed while it works',
  { timeout: 600_000 },
  async () => {
    const said: string[] = [];
    // another seed every time: a failure says which
    const seed = `short ${Date.now()}`;
    const counts = await crash({
      ...{ seed, kills: 6, killsPerStore: 6, sessions: 6, minutes: 5 },
      say: (line) => said.push(line),
    });
    expect(isClean(counts), [...said, summary(counts, seed)].join('\n')).toBe(true);
    expect(counts.kills).toBeGreaterThan(0);
    expect(counts.written).toBeGreaterThan(100);
    expect(counts.stored).toBe(counts.written);
    expect(counts.finished).toBe(counts.acknowledged);
  },
);
