/**
 * The disk of the collector loses its power a few times: the short form of `npm run test:power`, see
 * docs/reliability.md. Needs the right to mount a small file system; skips, saying so, without it.
 */
import { expect, it } from 'vitest';
import { whyNoPower } from './crash/disk.ts';
import { crash, isClean, summary } from './crash/harness.ts';

const missing = whyNoPower();
if (missing !== undefined) console.log(`The test of a loss of power is skipped: ${missing}`);

it.skipIf(missing !== undefined)(
  'loses nothing and counts nothing twice when its disk loses the power while it works',
  { timeout: 600_000 },
  async () => {
    const said: string[] = [];
    // another seed every time: a failure says which
    const seed = `short ${Date.now()}`;
    const counts = await crash({
      ...{ seed, kills: 6, killsPerStore: 6, sessions: 6, minutes: 5, power: true },
      say: (line) => said.push(line),
    });
    expect(isClean(counts), [...said, summary(counts, seed)].join('\n')).toBe(true);
    expect(counts.kills).toBeGreaterThan(0);
    expect(counts.written).toBeGreaterThan(100);
    expect(counts.stored).toBe(counts.written);
    expect(counts.finished).toBe(counts.acknowledged);
  },
);
