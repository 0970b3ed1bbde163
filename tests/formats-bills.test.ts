/** Bills of OpenAI and Anthropic held against generators that know what they must add up to. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANTHROPIC_COST_VARIANTS, generateAnthropicCost } from '../collector/demo/anthropic-cost.ts';
import { DAY } from '../collector/demo/clock.ts';
import { generateOpenaiCost, OPENAI_COST_VARIANTS } from '../collector/demo/openai-cost.ts';
import { type MakeBill, sorted, storedBills, useBillBench, writing } from './support/bills.ts';

const bench = useBillBench('bills', 12);
const { period, upload } = bench;

const MAKERS: [string, MakeBill][] = [
  ...OPENAI_COST_VARIANTS.map((variant): [string, MakeBill] => [
    `OpenAI, ${variant}`,
    (when, how) =>
      generateOpenaiCost({ ...when, ...how, variant, alike: 4, currencies: ['usd', 'USD', 'eur'] }),
  ]),
  ['OpenAI, hour by hour', (when, how) => generateOpenaiCost({ ...when, ...how, bucket: 'hour', lines: 2 })],
  ...ANTHROPIC_COST_VARIANTS.map((variant): [string, MakeBill] => [
    `Anthropic, header of ${variant}`,
    (when, how) => generateAnthropicCost({ ...when, ...how, variant, minutes: variant === '2025-12' }),
  ]),
];

describe.each(MAKERS)('a bill of %s', (_, make) => {
  it('says what it says however it is written, and nothing more when it comes again', async () => {
    await fc.assert(
      fc.asyncProperty(writing, writing, async (how, other) => {
        const when = period();
        const made = make(when, how);
        const dataset = `bill ${when.seed}`;
        const report = await upload(made.file.content, dataset);
        expect(report.rejections).toEqual([]);
        expect(report.rows).toEqual({
          read: made.truth.length,
          accepted: made.truth.length,
          duplicate: 0,
          rejected: 0,
          revised: 0,
        });
        expect(await storedBills(bench.store(), dataset)).toEqual(sorted(made.truth));
        const again = await upload(make(when, other).file.content, `${dataset} again`, {
          arrivedAt: 1_700_000_000_001,
        });
        expect(again.rows).toMatchObject({ accepted: 0, revised: 0, duplicate: made.truth.length });
        expect(await storedBills(bench.store(), dataset)).toEqual(sorted(made.truth));
      }),
      { numRuns: 2 },
    );
  });

  it('in two exports of days that overlap is their union, in either order', async () => {
    await fc.assert(
      fc.asyncProperty(writing, writing, fc.boolean(), async (how, other, backwards) => {
        const when = period();
        const dataset = `union ${when.seed}`;
        const parts = [
          make(when, { ...how, shownUntil: when.from + 8 * DAY }),
          make(when, { ...other, shownFrom: when.from + 4 * DAY }),
        ];
        if (backwards) parts.reverse();
        for (const [i, part] of parts.entries())
          expect((await upload(part.file.content, dataset, { arrivedAt: 1000 + i })).rows.rejected).toBe(0);
        expect(await storedBills(bench.store(), dataset)).toEqual(sorted(make(when, {}).truth));
      }),
      { numRuns: 2 },
    );
  });

  it('that a later export corrects has the later amounts, also when the later one is read first', async () => {
    await fc.assert(
      fc.asyncProperty(writing, fc.boolean(), async (how, backwards) => {
        const when = period();
        const dataset = `corrected ${when.seed}`;
        const uploads = [
          { made: make(when, {}), arrivedAt: 1000 },
          { made: make(when, { ...how, amounts: 1 }), arrivedAt: 2000 },
        ];
        if (backwards) uploads.reverse();
        const reports = [];
        for (const { made, arrivedAt } of uploads)
          reports.push(await upload(made.file.content, dataset, { arrivedAt }));
        expect(await storedBills(bench.store(), dataset)).toEqual(sorted(make(when, { amounts: 1 }).truth));
        expect(reports[1]!.rows.accepted).toBe(0);
        if (backwards) expect(reports[1]!.rows.revised).toBe(0);
        else expect(reports[1]!.rows.revised).toBeGreaterThan(0);
      }),
      { numRuns: 2 },
    );
  });
});

describe('a bill of Anthropic', () => {
  it('exported again with a newer header, which tells lines further apart, is the same bill', async () => {
    const when = period();
    const made = ANTHROPIC_COST_VARIANTS.map((variant) =>
      generateAnthropicCost({ ...when, lines: 20, variant }),
    );
    for (const [i, { file, truth }] of made.entries()) {
      const report = await upload(file.content, 'newer header', { arrivedAt: 1000 + i });
      expect(report.rows).toMatchObject({ accepted: i === 0 ? truth.length : 0, rejected: 0 });
    }
    expect(await storedBills(bench.store(), 'newer header')).toEqual(sorted(made[0]!.truth));
  });
});

describe('a bill that replaces', () => {
  it('takes the place of all lines of its dataset, and of no other', async () => {
    const [one, other, newer] = [period(), period(), period()].map((when) => generateAnthropicCost(when));
    await upload(one!.file.content, 'replaced');
    await upload(other!.file.content, 'kept');
    const report = await upload(newer!.file.content, 'replaced', { mode: 'replace' });
    expect(report.rows).toMatchObject({ accepted: newer!.truth.length, duplicate: 0 });
    expect(await storedBills(bench.store(), 'replaced')).toEqual(sorted(newer!.truth));
    expect(await storedBills(bench.store(), 'kept')).toEqual(sorted(other!.truth));
    await bench.store().sweep();
    expect(await storedBills(bench.store(), 'replaced')).toEqual(sorted(newer!.truth));
    const again = await upload(newer!.file.content, 'replaced', { mode: 'replace' });
    expect(again.rows).toMatchObject({ accepted: newer!.truth.length });
    expect(await storedBills(bench.store(), 'replaced')).toEqual(sorted(newer!.truth));
  });

  it('takes nobody’s place when none of it can be read', async () => {
    const made = generateAnthropicCost(period());
    await upload(made.file.content, 'unharmed');
    const header = made.file.content.slice(0, made.file.content.indexOf('\n') + 1);
    const report = await upload(`${header}someday,,,,,,,,,,,,,\n`, 'unharmed', { mode: 'replace' });
    expect(report.rows).toMatchObject({ read: 1, rejected: 1 });
    expect(await storedBills(bench.store(), 'unharmed')).toEqual(sorted(made.truth));
  });
});
