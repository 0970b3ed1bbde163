import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Store } from '../../../collector/store/store.ts';
import { eventOf, insertEvents } from '../../../collector/reports/testing/events.ts';
import { bookOf, openTestStore, temporaryFolder } from '../../../tests/support/store.ts';
import { rowsOf } from '../../testing/rows.ts';
import { cost } from './cost.ts';

const folder = temporaryFolder('billed-panels');
const range = { from: new Date('2026-03-02T00:00:00Z'), to: new Date('2026-03-04T00:00:00Z') };
let store: Store;
beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'), { prices: bookOf({ opus: { input: '5' } }) });
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

it('what was billed stands beside what usage costs, and neither is added to the other', async () => {
  const used = (day: string, tokens: number) =>
    eventOf({ ts: Date.parse(`${day}T10:00:00Z`), model: 'opus', input: tokens });
  await insertEvents(store, [used('2026-03-02', 1_000_000), used('2026-03-03', 2_000_000)]);
  await store.command(
    'INSERT INTO tallyd.billed_cost_rows (day, bill_id, source, dataset, provider, model, amount, currency, version) VALUES ' +
      "('2026-03-02', 1, 'anthropic-cost-csv', 'b', 'anthropic', 'opus', 5, 'USD', 1), ('2026-03-03', 2, 'anthropic-cost-csv', 'b', 'anthropic', 'opus', 12, 'USD', 1)",
  );
  expect(await rowsOf(store, cost(), 'Billed and calculated cost', range)).toEqual([
    { time: '2026-03-02 00:00:00', billed: 5, calculated: 5 },
    { time: '2026-03-03 00:00:00', billed: 12, calculated: 10 },
  ]);
  const [row, ...others] = await rowsOf(store, cost(), 'Billed against calculated', range);
  expect(row).toMatchObject({
    'provider name': 'anthropic',
    billed: 17,
    calculated: 15,
    difference: 2,
    days: 2,
  });
  expect(others).toEqual([]);
  expect(await rowsOf(store, cost(), 'Cost', range)).toContainEqual(expect.objectContaining({ value: 15 }));
});
