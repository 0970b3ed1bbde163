/** Costs per day and model of generated logs, with the real price list, against the truth. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateClaudeCode } from '../collector/demo/claude-code.ts';
import { dayIn } from '../collector/demo/clock.ts';
import { generateCodex } from '../collector/demo/codex.ts';
import { claudeCode } from '../collector/formats/claude-code/recognise.ts';
import { codex } from '../collector/formats/codex/recognise.ts';
import { createPriceBook } from '../collector/pricing/price-book.ts';
import { bundledPriceList } from '../collector/pricing/price-list.ts';
import { costAt, rowAt, type TokenCounts } from '../collector/pricing/row-costs.ts';
import type { PriceBook } from '../collector/pricing/types.ts';
import { report } from '../collector/reports/report.ts';
import type { Daily } from '../collector/reports/types.ts';
import type { Store } from '../collector/store/store.ts';
import { readInPlace, writeCorpus } from './support/corpus.ts';
import { openTestStore, temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('costs');
const ZONE = 'Europe/Berlin';
let store: Store;
let prices: PriceBook;

beforeAll(async () => {
  prices = createPriceBook({ list: await bundledPriceList() });
  store = await openTestStore(join(folder.path, 'store'), { prices });
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

interface Priced extends TokenCounts {
  ts: number;
  model: string;
  provider: string;
  speed: 'standard' | 'fast' | 'batch' | 'flex' | 'priority';
}

/** Whole nano-dollars, as the store rounds every event; undefined for a model without a price. */
function nanos(event: Priced): bigint | undefined {
  const rows = prices.rowsFor({ provider: event.provider, model: event.model });
  const cost = costAt(rows, event.ts, event);
  if (cost === undefined) return undefined;
  const row = rowAt(rows, event.ts, event)!;
  const multiplier = event.speed === 'standard' ? 1 : Number(row[event.speed]);
  // floating point is near enough to find the nano-dollar, which prices are whole numbers of here
  return BigInt(Math.round(cost * multiplier * 1e9));
}

/** `day model` to nano-dollars. */
function expectedCosts(events: readonly Priced[]): Map<string, bigint> {
  const costs = new Map<string, bigint>();
  const dayOf = dayIn(ZONE);
  for (const event of events) {
    if (event.model === '') continue;
    const key = `${dayOf(event.ts)} ${event.model}`;
    costs.set(key, (costs.get(key) ?? 0n) + (nanos(event) ?? 0n));
  }
  return costs;
}

async function reportedCosts(source: string): Promise<Map<string, bigint>> {
  await store.catchUp();
  const { json } = await report('daily', { timezone: ZONE, mode: 'calculate', source: [source] }, store);
  const rows = (json as Daily).daily.flatMap(({ date, modelBreakdowns }) =>
    modelBreakdowns.map(
      ({ modelName, cost }) => [`${date} ${modelName}`, BigInt(Math.round(cost * 1e9))] as const,
    ),
  );
  return new Map(rows);
}

const span = { from: Date.UTC(2026, 1, 20), until: Date.UTC(2026, 3, 10) };
const sorted = (costs: Map<string, bigint>) =>
  [...costs].filter(([, cost]) => cost > 0n).sort(([a], [b]) => (a < b ? -1 : 1));

describe('the costs of a day and model', () => {
  it('are those of the true events of Claude Code, to the nano-dollar', async () => {
    const corpus = generateClaudeCode({ seed: 'costs', sessions: 25, hazards: true, ...span });
    await readInPlace(store, claudeCode, writeCorpus(join(folder.path, 'claude'), corpus.files()));
    const events = corpus.truth.events.map((event): Priced => {
      const speed = event.speed === 'fast' ? 'fast' : event.serviceTier === 'batch' ? 'batch' : 'standard';
      const provider = event.messageId.startsWith('msg_bdrk_')
        ? 'aws'
        : /claude/.test(event.model)
          ? 'anthropic'
          : '';
      return { ...event, speed, provider };
    });
    expect(sorted(await reportedCosts('claude-code'))).toEqual(sorted(expectedCosts(events)));
  });

  it('are those of the true events of Codex, to the nano-dollar', async () => {
    const corpus = generateCodex({ seed: 'costs', sessions: 20, hazards: true, ...span });
    await readInPlace(store, codex, writeCorpus(join(folder.path, 'codex'), corpus.files()));
    const events = corpus.truth.events.map((event): Priced => {
      const speed = ['fast', 'priority'].includes(event.serviceTier) ? 'fast' : 'standard';
      return { ...event, speed, provider: 'openai' };
    });
    expect(sorted(await reportedCosts('codex'))).toEqual(sorted(expectedCosts(events)));
  });
});
