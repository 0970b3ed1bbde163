/** What 0017_merge_months_that_rest.sql says, with a rest of a second instead of ten minutes. */
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { until } from '../../tests/support/program.ts';
import { openTestStore, temporaryFolder } from '../../tests/support/store.ts';

const folder = temporaryFolder('merging');
afterAll(() => folder.remove());

it('months to which nothing comes become one part each, and keep their rows', async () => {
  const store = await openTestStore(join(folder.path, 'store'));
  for (const version of [1, 2, 3]) {
    await store.command(
      'INSERT INTO tallyd.usage_hourly_rows (hour, source, dataset, provider, model, status, events, version) VALUES ' +
        `('2026-01-01 10:00:00', 's', 'd', 'p', 'm', 'ok', ${version}, ${version}), ('2026-02-01 10:00:00', 's', 'd', 'p', 'm', 'ok', ${version}, ${version})`,
    );
  }
  const parts = async (): Promise<{ month: string; parts: number }[]> =>
    await store.rows(
      'SELECT partition AS month, toUInt32(count()) AS parts FROM system.parts ' +
        "WHERE active AND database = 'tallyd' AND table = 'usage_hourly_rows' GROUP BY month ORDER BY month",
    );
  expect(await parts()).toEqual([
    { month: '202601', parts: 3 },
    { month: '202602', parts: 3 },
  ]);
  const [table] = await store.rows<{ ddl: string }>(
    "SELECT create_table_query AS ddl FROM system.tables WHERE database = 'tallyd' AND name = 'usage_hourly_rows'",
  );
  expect(table!.ddl).toContain(
    'min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = ',
  );
  await store.command(
    'ALTER TABLE tallyd.usage_hourly_rows MODIFY SETTING min_age_to_force_merge_seconds = 1',
  );
  await until(async () => (await parts()).every((month) => month.parts === 1));
  expect(
    await store.rows('SELECT toString(hour) AS hour, events FROM tallyd.usage_hourly_rows ORDER BY hour'),
  ).toEqual([
    { hour: '2026-01-01 10:00:00', events: 3 },
    { hour: '2026-02-01 10:00:00', events: 3 },
  ]);
  await store.close();
});
