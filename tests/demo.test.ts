/** The demo as the collector follows it: all of it is read, and comes to what its generators know. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nanosOf } from '../collector/demo/bill-truth.ts';
import type { DemoTruth, PricedDemo } from '../collector/demo/demo.ts';
import { demoParts, writeDemo } from '../collector/demo/demo.ts';
import { readConfig } from '../collector/config-lists.ts';
import { builtInFormats } from '../collector/formats/index.ts';
import { type Collector, startCollector } from '../collector/main.ts';
import { createPriceBook } from '../collector/pricing/price-book.ts';
import { bundledPriceList } from '../collector/pricing/price-list.ts';
import { report } from '../collector/reports/report.ts';
import type { Billed } from '../collector/reports/billed-types.ts';
import type { Monthly } from '../collector/reports/types.ts';
import { sorted, storedBills } from './support/bills.ts';
import { environment } from './support/program.ts';
import { quiet, temporaryFolder } from './support/store.ts';

const NOW = Date.UTC(2026, 9, 14, 14, 30);
const folder = temporaryFolder('demo');
/** By the source that events name. */
const truths = new Map<string, DemoTruth>();
const SOURCES: Record<string, string> = { 'helicone-csv': 'helicone', 'opencode-json': 'opencode' };
let collector: Collector;

beforeAll(async () => {
  const prices = createPriceBook({ list: await bundledPriceList() });
  const options: PricedDemo = { now: NOW, seed: 1, prices };
  for (const { format, truth } of demoParts(options)) {
    const { tokens, reported, bill } = truth();
    const source = SOURCES[format] ?? format;
    const all = truths.get(source) ?? { tokens: [], reported: 0n, bill: [] };
    truths.set(source, {
      tokens: [...all.tokens, ...tokens],
      reported: all.reported + reported,
      bill: [...all.bill, ...bill],
    });
  }
  const roots = await writeDemo(join(folder.path, 'files'), options);
  const env = environment(folder.path);
  collector = await startCollector({
    ...{ config: readConfig(env, undefined), log: quiet, env },
    roots: roots.map(({ format, path, dataset }) => {
      return { format: builtInFormats.find(({ name }) => name === format)!, path, dataset };
    }),
  });
});
afterAll(async () => {
  await collector.stop();
  folder.remove();
});

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

describe('the demo, when it is followed', () => {
  it('gives the events, tokens and reported costs of its generators, source by source', async () => {
    const rows = await collector.store.rows<{ source: string; events: number; tokens: number; usd: string }>(
      'SELECT source, toInt64(count()) AS events, toInt64(sum(total_tokens)) AS tokens, ' +
        'toString(sum(ifNull(reported_cost_usd, 0))) AS usd ' +
        'FROM tallyd.usage GROUP BY source ORDER BY source',
    );
    const stored = rows.map(({ source, events, tokens, usd }) => {
      return [source, Number(events), Number(tokens), nanosOf(usd)];
    });
    const expected = [...truths]
      .filter(([, { tokens }]) => tokens.length > 0)
      .map(([source, { tokens, reported }]) => [source, tokens.length, sum(tokens), reported])
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    expect(stored).toEqual(expected);
    expect(expected.length).toBeGreaterThan(12);
  });

  it('has every line of its bills, and they are no usage', async () => {
    const bills = [...truths.values()].flatMap(({ bill }) => bill);
    expect(bills.length).toBeGreaterThan(500);
    expect(await storedBills(collector.store, 'demo')).toEqual(sorted(bills));
  });

  it('costs what a team spends in six weeks', async () => {
    const { json } = await report('monthly', { timezone: 'UTC', now: NOW }, collector.store);
    const { totals } = json as Monthly;
    expect(totals.totalCost).toBeGreaterThan(900);
    expect(totals.totalCost).toBeLessThan(2500);
  });

  it('is billed what is calculated, but for cents, searches and a credit, on every day before today', async () => {
    const { json } = await report('billed', { timezone: 'UTC', now: NOW }, collector.store);
    const { billed, totals } = json as Billed;
    const past = billed.filter(({ date }) => date < '2026-10-14');
    for (const { date, provider, explanation } of past)
      expect(explanation, `${date} ${provider}`).toMatch(
        /^(|rounding|credits|tokens without a price|charged for no model.*)$/,
      );
    expect(new Set(past.map(({ provider }) => provider))).toEqual(
      new Set(['anthropic', 'aws', 'azure', 'deepseek', 'google', 'openai']),
    );
    expect(past.length).toBeGreaterThanOrEqual(84);
    expect(totals.billedUsd).toBeGreaterThan(100);
  });

  it('leaves no file unread, and rejects only what its agents damaged', async () => {
    expect(collector.tail.status().roots.flatMap((root) => [...root.errors, ...root.unrecognised])).toEqual(
      [],
    );
    const rows = await collector.store.rows<{ source: string }>(
      'SELECT DISTINCT source FROM tallyd.rejected_records ORDER BY source',
    );
    expect(rows.map(({ source }) => source)).toEqual(['claude-code']);
  });
});
