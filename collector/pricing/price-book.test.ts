import { beforeAll, expect, it } from 'vitest';
import fc from 'fast-check';
import { createPriceBook } from './price-book.ts';
import { bundledPriceList, parsePriceList, type PriceList } from './price-list.ts';
import type { PriceOverride, PriceRow } from './types.ts';

let list: PriceList;
beforeAll(async () => {
  list = await bundledPriceList();
});

it('answers with the name it was asked for', () => {
  const [row] = createPriceBook({ list }).rowsFor({ provider: 'Anthropic', model: 'Claude Opus 4.5' });
  expect(row).toMatchObject({
    provider: 'Anthropic',
    model: 'Claude Opus 4.5',
    priceProvider: 'anthropic',
    priceModel: 'claude-opus-4-5',
  });
});

it('gives the same rows for the same name', () => {
  const book = createPriceBook({ list });
  const name = { provider: '', model: 'gpt-5' };
  expect(book.rowsFor({ ...name })).toBe(book.rowsFor(name));
});

it('has another fingerprint for another list or other overrides, and the same for the same', () => {
  const other = parsePriceList([
    { id: 'p', models: [{ id: 'm', match: { equals: 'm' }, prices: { input_mtok: 1 } }] },
  ]);
  const print = (from: PriceList, overrides?: PriceOverride[]): string =>
    createPriceBook({ list: from, overrides }).fingerprint;
  expect(print(list)).toBe(print(list, []));
  const prints = [print(list), print(other), print(list, [{ model: 'x', input: 1, output: 1 }])];
  expect(new Set(prints).size).toBe(3);
});

it('never has two rows for one moment, hour and size of a request, whatever the overrides', () => {
  const day = fc.constantFrom('2025-06-01', '2026-03-13', '2026-05-01', '2026-08-17', '2026-12-31');
  const amount = fc.option(fc.nat(9), { nil: undefined });
  const override: fc.Arbitrary<PriceOverride> = fc.record({
    model: fc.constantFrom('*', 'claude-*', 'deepseek*', 'ours'),
    from: fc.option(day, { nil: undefined }),
    until: fc.option(day, { nil: undefined }),
    like: fc.option(fc.constantFrom('deepseek-v4-pro', 'claude-opus-4-6'), { nil: undefined }),
    input: amount,
    output: amount,
    above: fc.option(fc.constant([{ input_tokens: 1000, input: 7 }]), { nil: undefined }),
  });
  const model = fc.constantFrom('claude-opus-4-6', 'deepseek-v4-pro', 'ours');
  fc.assert(
    fc.property(fc.array(override, { maxLength: 4 }), model, (overrides, model) => {
      const rows = createPriceBook({ list, overrides }).rowsFor({ provider: '', model });
      rows.forEach((a, i) => {
        expect(a.ordinal).toBe(i);
        expect(a.validFrom).toBeLessThan(a.validUntil);
        for (const b of rows.slice(i + 1)) expect(contradict(a, b), JSON.stringify([a, b])).toBe(false);
      });
    }),
    { numRuns: 300 },
  );
});

/** Rows may share time only as parts of one validity; then windows and tiers must tell them apart. */
function contradict(a: PriceRow, b: PriceRow): boolean {
  if (a.validUntil <= b.validFrom || b.validUntil <= a.validFrom) return false;
  if (a.validFrom !== b.validFrom || a.validUntil !== b.validUntil) return true;
  return (
    a.dailyFrom === b.dailyFrom && a.dailyUntil === b.dailyUntil && a.aboveInputTokens >= b.aboveInputTokens
  );
}
