import { calcPrice, waitForUpdate, type ModelInfo, type Provider } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { resolveModel } from './model-names.ts';
import { bundledPriceList, hasTokenPrices, parsePriceList, type PriceList } from './price-list.ts';
import { draftRows, finishRows } from './price-rows.ts';
import { costAt, inputTokens, type TokenCounts } from './row-costs.ts';
import { FOREVER, type PriceRow } from './types.ts';

let list: PriceList;
let packaged: Provider[];
beforeAll(async () => {
  list = await bundledPriceList();
  packaged = (await waitForUpdate())!;
});

function rowsOf(model: string, provider = '', from = list): PriceRow[] {
  const name = { provider, model };
  const resolved = resolveModel(from, name);
  return resolved ? finishRows(name, draftRows(resolved)) : [];
}

function listOf(prices: unknown): PriceList {
  return parsePriceList([{ id: 'p', models: [{ id: 'm', match: { equals: 'm' }, prices }] }]);
}

const tokens: fc.Arbitrary<TokenCounts> = fc.record({
  input: fc.oneof(fc.nat(1000), fc.nat(600_000)),
  cacheWrite5m: fc.oneof(fc.constant(0), fc.nat(200_000)),
  cacheWrite1h: fc.oneof(fc.constant(0), fc.nat(200_000)),
  cacheRead: fc.oneof(fc.constant(0), fc.nat(400_000)),
  output: fc.nat(64_000),
});
// Around the list's own dates, and any second of the day.
const time = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 5, 1) });

/** What genai-prices charges; it takes input with the cache in it, and the writes in one. */
function charged(provider: Provider, model: ModelInfo, at: number, t: TokenCounts): number {
  const alone = { ...provider, models: [{ ...model, match: { equals: model.id.toLowerCase() } }] };
  const usage = {
    input_tokens: inputTokens(t),
    cache_write_tokens: t.cacheWrite5m + t.cacheWrite1h,
    cache_write_5m_tokens: t.cacheWrite5m,
    cache_write_1h_tokens: t.cacheWrite1h,
    cache_read_tokens: t.cacheRead,
    output_tokens: t.output,
  };
  return calcPrice(usage, model.id, { provider: alone, timestamp: new Date(at) })!.total_price;
}

describe('rows of the price list', () => {
  it('cost what genai-prices charges, for every model priced by tokens alone', () => {
    let compared = 0;
    for (const provider of packaged) {
      for (const model of provider.models) {
        const listed = list.providers.get(provider.id)!.models.find(({ id }) => id === model.id)!;
        const byRequest = JSON.stringify(model.prices).includes('requests_kcount');
        if (!hasTokenPrices(listed) || byRequest) continue;
        const rows = finishRows(
          { provider: '', model: '' },
          draftRows({ provider: provider.id, model: listed, speed: 'standard' }),
        );
        const numRuns =
          Array.isArray(model.prices) || JSON.stringify(model.prices).includes('tiers') ? 60 : 5;
        fc.assert(
          fc.property(time, tokens, (at, t) => {
            const expected = charged(provider, model, at, t);
            const cost = costAt(rows, at, t)!;
            expect(Math.abs(cost - expected), model.id).toBeLessThanOrEqual(1e-9 * Math.max(expected, 1e-9));
          }),
          { numRuns },
        );
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(1000);
  });

  it('change at the tier, for the whole request', () => {
    const rows = rowsOf('gpt-5.4');
    expect(rows.map((row) => [row.aboveInputTokens, row.input, row.cacheRead, row.output])).toEqual([
      [-1, '2.5', '0.25', '15'],
      [271_999, '5', '0.5', '22.5'],
    ]);
  });

  it('have one row for each start when kinds have different tiers', () => {
    const rows = rowsOf(
      'm',
      'p',
      listOf({
        input_mtok: {
          base: 1,
          tiers: [
            { start: 200, price: 3 },
            { start: 100, price: 2 },
          ],
        },
        output_mtok: { base: 10, tiers: [{ start: 150, price: 20 }] },
      }),
    );
    expect(rows.map((row) => [row.aboveInputTokens, row.input, row.output])).toEqual([
      [-1, '1', '10'],
      [100, '2', '10'],
      [150, '2', '20'],
      [200, '3', '20'],
    ]);
  });

  it('end where the next price begins', () => {
    const change = Date.UTC(2026, 2, 13);
    const spans = rowsOf('claude-opus-4-6').map((row) => [
      row.validFrom,
      row.validUntil,
      row.aboveInputTokens,
    ]);
    expect(spans).toEqual([
      [0, change, -1],
      [0, change, 200_000],
      [change, FOREVER, -1],
    ]);
  });

  it('split a window that crosses midnight', () => {
    const rows = rowsOf(
      'm',
      'p',
      listOf([
        { prices: { input_mtok: 2 } },
        { constraint: { start_time: '22:00:00Z', end_time: '06:00:00Z' }, prices: { input_mtok: 1 } },
      ]),
    );
    expect(rows.map((row) => [row.dailyFrom, row.dailyUntil, row.input])).toEqual([
      [0, 86_400, '2'],
      [79_200, 86_400, '1'],
      [0, 21_600, '1'],
    ]);
  });

  it('carry prices as written, without the noise of floating point', () => {
    const [row] = rowsOf(
      'm',
      'p',
      listOf({ input_mtok: 2.5e-7, cache_read_mtok: 0.003625, output_mtok: 1e21 }),
    );
    expect(row).toMatchObject({ input: '0.00000025', cacheRead: '0.003625', output: '1' + '0'.repeat(21) });
  });

  it('fill in the rates that the list leaves out', () => {
    const [bare] = rowsOf('m', 'p', listOf({ input_mtok: 2 }));
    expect(bare).toMatchObject({ cacheRead: '2', cacheWrite5m: '2', cacheWrite1h: '2', output: '0' });
    const [writes] = rowsOf('m', 'p', listOf({ input_mtok: 2, cache_write_mtok: 2.5, output_mtok: 8 }));
    expect(writes).toMatchObject({ cacheRead: '2', cacheWrite5m: '2.5', cacheWrite1h: '2.5' });
  });

  it('have the speed of a name in their prices, once', () => {
    const [fast] = rowsOf('claude-4.6-opus-max-thinking-fast').slice(-1);
    expect(fast).toMatchObject({ input: '30', cacheRead: '3', output: '150', fast: '1', batch: '0.5' });
    const [free] = rowsOf('openrouter/anthropic/claude-sonnet-4:free');
    expect(free).toMatchObject({ input: '0', output: '0', cacheRead: '0' });
  });
});
