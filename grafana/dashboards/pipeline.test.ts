/**
 * The names of a ClickHouse server's metrics, held against the engine itself, which counts under the same
 * names and has no Prometheus endpoint. tests/dashboards-prometheus.test.ts asks Prometheus for the rest.
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import { promQueriesOf } from '../testing/panels.ts';
import { pipeline } from './pipeline.ts';

const expressions = promQueriesOf(pipeline()).map(({ query }) => query.expr);

function namesAfter(prefix: string): string[] {
  const found = expressions.flatMap((expr) => [...expr.matchAll(new RegExp(`\\b${prefix}_(\\w+)`, 'g'))]);
  return [...new Set(found.map(([, name]) => name!))];
}

it('asks a ClickHouse server only for metrics and events that the engine has', async () => {
  const folder = temporaryFolder('pipeline');
  const store = await openTestStore(join(folder.path, 'store'));
  const names = async (sql: string): Promise<string[]> =>
    (await store.rows<{ name: string }>(sql)).map(({ name }) => name);
  const metrics = await names('SELECT metric AS name FROM system.metrics');
  const events = await names(
    'SELECT event AS name FROM system.events SETTINGS system_events_show_zero_values = 1',
  );
  await store.close();
  folder.remove();
  expect(namesAfter('ClickHouseMetrics').length).toBeGreaterThan(5);
  expect(metrics).toEqual(expect.arrayContaining(namesAfter('ClickHouseMetrics')));
  expect(namesAfter('ClickHouseProfileEvents').length).toBeGreaterThan(5);
  expect(events).toEqual(expect.arrayContaining(namesAfter('ClickHouseProfileEvents')));
});

it('asks only the chosen collectors, or the ClickHouse server', () => {
  for (const expr of expressions) {
    const selectors = [...expr.matchAll(/\b(?:tallyd|llm|http|process|nodejs|up|ClickHouse)\w*\{([^}]*)\}/g)];
    expect(selectors.length, expr).toBeGreaterThan(0);
    for (const [, labels] of selectors)
      expect(labels, expr).toMatch(/^job(?:=~"\$job", instance|="clickhouse")/);
  }
});
