import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../package-root.ts';
import { overrideProblems, priceOverridesSchema } from './overrides.ts';
import { createPriceBook } from './price-book.ts';
import { bundledPriceList, type PriceList } from './price-list.ts';
import { costAt } from './row-costs.ts';
import { FOREVER, type PriceOverride, type PriceRow } from './types.ts';

let list: PriceList;
beforeAll(async () => {
  list = await bundledPriceList();
});

function rows(model: string, overrides: PriceOverride[], provider = ''): PriceRow[] {
  return createPriceBook({ list, overrides: priceOverridesSchema.parse(overrides) }).rowsFor({
    provider,
    model,
  });
}

function complaints(overrides: unknown): string[] {
  const result = priceOverridesSchema.safeParse(overrides);
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const FEB = Date.UTC(2026, 1, 1);
const MAR = Date.UTC(2026, 2, 1);

describe('an override', () => {
  it('wins over the list, and leaves what it does not mention', () => {
    const [row] = rows('claude-opus-4-5', [{ model: 'claude-opus-4-5', input: 4 }]);
    expect(row).toMatchObject({
      origin: 'override',
      priceModel: 'claude-opus-4-5',
      input: '4',
      output: '25',
      cacheRead: '0.5',
    });
  });

  it('prices a model of one’s own, the cache like input', () => {
    expect(rows('our-llama', [{ model: 'our-llama', input: '0.20', output: 0.6 }])).toEqual([
      expect.objectContaining({
        origin: 'override',
        priceProvider: 'tallyd.yaml',
        validFrom: 0,
        validUntil: FOREVER,
        input: '0.2',
        cacheRead: '0.2',
        cacheWrite5m: '0.2',
        cacheWrite1h: '0.2',
        output: '0.6',
        batch: '1',
      }),
    ]);
  });

  it('makes the cache follow a new input price where the list has no rate for it', () => {
    const [row] = rows('gpt-5.4-pro', [{ model: 'gpt-5.4-pro', input: 7 }]);
    expect(row).toMatchObject({ input: '7', cacheRead: '7', cacheWrite5m: '7', output: '180' });
  });

  it('of 0 is a price', () => {
    const free = rows('auto', [{ model: 'auto', provider: 'cursor', input: 0, output: 0 }], 'cursor');
    expect(costAt(free, FEB, { input: 5, cacheWrite5m: 5, cacheWrite1h: 5, cacheRead: 5, output: 5 })).toBe(
      0,
    );
    expect(rows('auto', [], 'cursor')).toEqual([]);
  });

  it('holds only between its days, and the list around them', () => {
    const cut = rows('claude-opus-4-5', [
      { model: 'claude-*', from: '2026-02-01', until: '2026-03-01', input: 1 },
    ]);
    expect(cut.map((row) => [row.validFrom, row.validUntil, row.input, row.origin])).toEqual([
      [0, FEB, '5', 'list'],
      [FEB, MAR, '1', 'override'],
      [MAR, FOREVER, '5', 'list'],
    ]);
    expect(cut.map((row) => row.ordinal)).toEqual([0, 1, 2]);
  });

  it('across a change of the list keeps what each part had', () => {
    const cut = rows('claude-opus-4-6', [{ model: 'claude-opus-4-6', from: '2026-02-01', input: 1 }]);
    expect(cut.map((row) => [row.validFrom, row.aboveInputTokens, row.input, row.output])).toEqual([
      [0, -1, '5', '25'],
      [0, 200_000, '10', '37.5'],
      [FEB, -1, '1', '25'],
      [FEB, 200_000, '1', '37.5'],
      [Date.UTC(2026, 2, 13), -1, '1', '25'],
    ]);
  });

  it('leaves a model of one’s own unpriced outside of its days', () => {
    const own = rows('ours', [
      { model: 'ours', from: '2026-02-01', until: '2026-03-01', input: 1, output: 2 },
    ]);
    expect(own.map((row) => [row.validFrom, row.validUntil])).toEqual([[FEB, MAR]]);
  });

  it('adds tiers of its own', () => {
    const tiered = rows('ours', [
      {
        model: 'ours',
        input: 1,
        output: 2,
        above: [
          { input_tokens: 200, input: 9 },
          { input_tokens: 100, input: 5, output: 6 },
        ],
      },
    ]);
    expect(tiered.map((row) => [row.aboveInputTokens, row.input, row.output])).toEqual([
      [-1, '1', '2'],
      [100, '5', '6'],
      [200, '9', '6'],
    ]);
  });

  it('can be like another model, with changes', () => {
    const [row] = rows('alias', [{ model: 'ALIAS', like: 'claude-opus-4-5', output: 20 }]);
    expect(row).toMatchObject({
      model: 'alias',
      priceModel: 'claude-opus-4-5',
      input: '5',
      output: '20',
      batch: '0.5',
    });
  });

  it('replaces multipliers', () => {
    const [row] = rows('gpt-5.4', [{ model: 'gpt-5*', multipliers: { batch: '0.4' } }]);
    expect(row).toMatchObject({ input: '2.5', batch: '0.4', priority: '2' });
  });

  it('does not multiply a name again that says its speed itself', () => {
    const [row] = rows('gpt-5.4-fast', [{ model: 'gpt-5*', multipliers: { fast: 3 } }]);
    expect(row).toMatchObject({ input: '5', fast: '1' });
  });

  it('keeps to its provider, under any of its names', () => {
    const only: PriceOverride[] = [{ model: '*', provider: 'bedrock', input: 1, output: 1 }];
    expect(rows('claude-opus-4-5', only, 'aws')[0]!.input).toBe('1');
    expect(rows('claude-opus-4-5', only, 'anthropic')[0]!.input).toBe('5');
  });

  it('yields to a later one, which keeps what it does not mention', () => {
    const [row] = rows('ours', [
      { model: 'ours', input: 1, output: 2 },
      { model: 'our*', output: 3 },
    ]);
    expect(row).toMatchObject({ input: '1', output: '3' });
  });

  it('without a whole price leaves an unknown model unpriced', () => {
    expect(rows('ours', [{ model: 'ours', input: 1 }])).toEqual([]);
    expect(rows('ours', [{ model: 'ours', like: 'nothing-known' }])).toEqual([]);
  });
});

describe('what may be written', () => {
  it.each([
    [[{ model: 'x', inptu: 1 }], /^0: unknown key inptu; the keys are model, .*input/],
    [[{ model: 'x', above: [{ tokens: 1, input_tokens: 1 }] }], /^0\.above\.0: unknown key tokens/],
    [[{ model: 'x', input: -1 }], /^0\.input: must be an amount of dollars/],
    [[{ model: 'x', input: '1,5' }], /^0\.input: must be an amount of dollars/],
    [[{ model: 'x', input: 1, from: '2026-02-30' }], /^0\.from: must be a day/],
    [[{ model: 'x', input: 1, from: '2026-02-02', until: '2026-02-02' }], /^0\.until: must be a later day/],
    [[{ model: 'x' }], /^0: says nothing/],
    [[{ input: 1 }], /^0\.model: must be a name/],
    [['x'], /^0: must be a mapping/],
    [{ x: 1 }, /^: `prices` must be a list/],
  ])('refuses %j', (overrides, message) => {
    expect(complaints(overrides).join('\n')).toMatch(message);
  });

  it('is held against the list at the start', () => {
    expect(
      overrideProblems(list, [
        { model: 'ours', input: 1 },
        { model: 'alias', like: 'nothing-known' },
        { model: 'gpt-5', input: 1 },
        { model: 'mine', input: 1, output: 1 },
        { model: 'mine', output: 2 },
        { model: 'some*', input: 1 },
      ]),
    ).toEqual([
      'prices[0] (ours): the price list does not know this model, so the entry needs `output`',
      'prices[1] (alias): the price list knows no model "nothing-known"; `like` must name one that it knows',
    ]);
  });

  it('is what docs/pricing.md shows', () => {
    const page = readFileSync(join(packageRoot, 'docs/pricing.md'), 'utf8');
    const example = /```yaml\n([^]*?)```/.exec(page)![1]!;
    const { prices } = parse(example) as { prices: unknown };
    const overrides = priceOverridesSchema.parse(prices);
    expect(overrideProblems(list, overrides)).toEqual([]);
    expect(overrides.length).toBeGreaterThan(3);
  });
});
