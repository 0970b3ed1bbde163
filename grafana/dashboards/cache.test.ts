import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bookOf } from '../../tests/support/store.ts';
import { type Golden, type GoldenEvent, openGolden, type Row } from '../../tests/support/golden.ts';
import type { Choices } from '../testing/expand.ts';
import { cache } from './cache.ts';

/** Per million tokens: a read saves 9, a 5-minute write costs 2.5 above input, one of an hour 10. */
const prices = bookOf({
  opus: { input: '10', output: '50', cacheRead: '1', cacheWrite5m: '12.5', cacheWrite1h: '20' },
  gpt: { input: '2', output: '8', cacheRead: '0.5' },
});

const M = 1_000_000;
const events: GoldenEvent[] = [
  { ts: '2026-03-03 10:00:00', source: 'claude-code', model: 'opus', user: 'ada', project: 'web', input_tokens: M, cache_write_5m_tokens: 2 * M, cache_write_1h_tokens: M },
  { ts: '2026-03-04 10:00:00', source: 'claude-code', model: 'opus', user: 'ada', project: 'web', cache_read_tokens: 6 * M, output_tokens: M },
  // a cache that fills by itself
  { ts: '2026-03-04 11:00:00', source: 'codex', model: 'gpt', user: 'grace', input_tokens: 2 * M, cache_read_tokens: 2 * M },
  // no price: tokens count, money does not
  { ts: '2026-03-04 12:00:00', source: 'codex', model: 'mystery', user: 'grace', cache_read_tokens: 2 * M },
  // no prompt at all
  { ts: '2026-03-04 13:00:00', source: 'codex', model: 'totals', unclassified_tokens: 5 },
]; // prettier-ignore

const choices: Choices = {
  from: new Date('2026-03-03T00:00:00Z'),
  to: new Date('2026-03-05T00:00:00Z'),
  variables: { granularity: 'day' },
};

let golden: Golden;
beforeAll(async () => {
  golden = await openGolden('cache', prices, events);
});
afterAll(() => golden?.close());

const rows = (title: string): Promise<Row[]> => golden.rows(cache(), title, choices);
const value = async (title: string): Promise<unknown> => (await rows(title)).at(-1)!['value'];

describe('the cache', () => {
  it('is summed up: hits, and money that reads saved and writes cost', async () => {
    expect(await value('Cache hit rate')).toBe(10 / 16);
    // 6 · 9 + 2 · 1.5
    expect(await value('Saved by reads')).toBe(57);
    // 2 · 2.5 + 1 · 10
    expect(await value('Writes above plain input')).toBe(15);
    expect(await value('Saved, less what writes cost')).toBe(42);
    // 6 million read by the source that wrote 3
    expect(await value('Read per token written')).toBe(2);
    expect(await value('Uncached input')).toBe(3 * M);
  });

  it('has a hit rate per day, and per model only where there was a prompt', async () => {
    expect((await rows('Hit rate over time')).map((row) => row['hit rate'])).toEqual([0, 10 / 12]);
    const models = await rows('Hit rate by model');
    expect(models.map(({ label, rate }) => [label, rate])).toEqual([
      ['opus', 0],
      ['gpt', 0.5],
      ['mystery', 1],
      ['opus', 1],
    ]);
  });

  it('tells reads and both kinds of writes over time', async () => {
    expect(await rows('Reads and writes')).toMatchObject([
      { reads: 0, '5-minute writes': 2 * M, '1-hour writes': M },
      { reads: 10 * M, '5-minute writes': 0, '1-hour writes': 0 },
    ]);
  });

  it('sets what writes cost against what reads saved', async () => {
    expect(await rows('What writes cost and reads saved')).toMatchObject([
      { 'reads saved': 0, 'writes cost': 45, 'of it above plain input': 15 },
      { 'reads saved': 57, 'writes cost': 0, 'of it above plain input': 0 },
    ]);
    expect((await rows('Savings')).map((row) => row['saved'])).toEqual([-15, 57]);
    const models = await rows('Savings by model');
    expect(models.map(({ label, saved }) => [label, saved])).toEqual([
      ['opus', -15],
      ['gpt', 3],
      ['mystery', 0],
      ['opus', 54],
      ['totals', 0],
    ]);
  });

  it('is told per model, project and person', async () => {
    const [opus, gpt, mystery, ...none] = await rows('By model');
    expect(none).toEqual([]);
    expect(opus).toEqual({
      name: 'opus', 'hit rate': 0.6, prompt: 10 * M, uncached: M, reads: 6 * M, '5-minute writes': 2 * M, '1-hour writes': M,
      'reads saved': 54, 'writes cost': 45, 'above plain input': 15, saved: 39,
    }); // prettier-ignore
    expect(gpt).toMatchObject({ name: 'gpt', 'hit rate': 0.5, 'writes cost': 0, saved: 3 });
    expect(mystery).toMatchObject({ name: 'mystery', 'hit rate': 1, saved: 0 });
    expect(await rows('By project')).toMatchObject([{ name: 'web', saved: 39 }, { name: '(none)', saved: 3 }]); // prettier-ignore
    expect(await rows('By person')).toMatchObject([
      { name: 'ada', prompt: 10 * M },
      { name: 'grace', prompt: 6 * M },
    ]);
  });

  it('lets savings below zero be seen', () => {
    const panels = JSON.parse(JSON.stringify(cache())) as {
      panels: { title: string; fieldConfig?: { defaults: { min?: number } } }[];
    };
    const savings = panels.panels.find(({ title }) => title === 'Savings')!;
    expect(savings.fieldConfig!.defaults).not.toHaveProperty('min');
  });

  it('has no cell that is NaN or infinite, neither with usage nor without', async () => {
    expect(await golden.notNumbers(cache(), choices)).toEqual([]);
    const before = { from: new Date('2025-01-01T00:00:00Z'), to: new Date('2025-01-02T00:00:00Z') };
    expect(await golden.notNumbers(cache(), before)).toEqual([]);
  });
});
