/** Which price tier holds for a day that counts no requests: the class of sizes that the row tells. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bookOf, openTestStore, temporaryFolder } from '../../../tests/support/store.ts';
import { readSample } from '../recognise.ts';
import { anthropicUsageCsv } from './recognise.ts';

const folder = temporaryFolder('tiers');
afterAll(() => folder.remove());

const HEADER =
  'usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,' +
  'usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,' +
  'web_search_count,inference_geo,speed\n';

it('ten million tokens of short prompts cost the price of short prompts, and of long ones that of long ones', async () => {
  const short = bookOf({ m: { input: '3' } });
  const long = bookOf({ m: { input: '6' } });
  const store = await openTestStore(join(folder.path, 'store'), {
    prices: {
      fingerprint: 'tiers',
      rowsFor: (name) => [
        ...short.rowsFor(name),
        ...long.rowsFor(name).map((row) => ({ ...row, aboveInputTokens: 200_000, ordinal: 1 })),
      ],
    },
  });
  const path = join(folder.path, 'usage.csv');
  const row = (context: string) => `2026-03-22,m,k,Default,standard,${context},10000000,0,0,0,0,0,global,\n`;
  writeFileSync(path, HEADER + row('≤ 200k') + row('> 200k'));
  const { table } = await readSample(path);
  await store.write({
    format: anthropicUsageCsv,
    dataset: 'x',
    input: { kind: 'table', path, origin: 'usage.csv', header: table! },
    uploadId: 'u',
    arrivedAt: 1,
    mode: 'append',
    live: false,
  });
  expect(
    await store.rows(
      "SELECT tags['context_window'] AS size, toFloat64(calculated_cost_usd) AS cost FROM tallyd.usage ORDER BY cost",
    ),
  ).toEqual([
    { size: '≤ 200k', cost: 30 },
    { size: '> 200k', cost: 60 },
  ]);
  await store.close();
});
