/** A store on a real disk for a test, and a plain price book. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { openStore, type Store, type StoreOptions } from '../../collector/store/store.ts';
import { FOREVER, type ModelName, type PriceBook, type PriceRow } from '../../collector/pricing/types.ts';

/** A folder of the test's own, and how to remove it. */
export function temporaryFolder(name: string): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), `tallyd-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export const quiet = pino({ level: 'silent' });

/** Opens the embedded engine in `path` (one per process: close it before the next). */
export async function openTestStore(path: string, more: Partial<StoreOptions> = {}): Promise<Store> {
  return await openStore({
    path,
    poolThreads: 12,
    maxThreads: 2,
    costMode: 'auto',
    retention: {},
    prices: bookOf({}),
    log: quiet,
    ...more,
  });
}

/** A price book of dollars per million tokens: `{ model: { input, output } }`. */
export function bookOf(
  prices: Record<
    string,
    Partial<Record<'input' | 'output' | 'cacheRead' | 'cacheWrite5m' | 'cacheWrite1h', string>>
  >,
): PriceBook {
  return {
    fingerprint: JSON.stringify(prices),
    rowsFor({ provider, model }: ModelName): PriceRow[] {
      const price = prices[model];
      if (!price) return [];
      const input = price.input ?? '0';
      return [
        {
          provider,
          model,
          priceProvider: 'test',
          priceModel: model,
          origin: 'list',
          validFrom: 0,
          validUntil: FOREVER,
          dailyFrom: 0,
          dailyUntil: 86_400,
          aboveInputTokens: -1,
          ordinal: 0,
          input,
          output: price.output ?? '0',
          cacheRead: price.cacheRead ?? input,
          cacheWrite5m: price.cacheWrite5m ?? input,
          cacheWrite1h: price.cacheWrite1h ?? input,
          fast: '1',
          batch: '1',
          flex: '1',
          priority: '1',
        },
      ];
    },
  };
}
