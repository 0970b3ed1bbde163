/** What one panel shows, for tests with known answers. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Reader } from '../../collector/store/types.ts';
import { type Choices, expand } from './expand.ts';
import { sqlQueriesOf, variablesOf } from './panels.ts';

/** The rows of a panel's first statement. Throws when no panel that asks ClickHouse has that title. */
export async function rowsOf(
  store: Reader,
  dashboard: Dashboard,
  title: string,
  choices: Choices,
): Promise<Record<string, unknown>[]> {
  const found = sqlQueriesOf(dashboard).find(({ panel }) => panel.title === title);
  if (found === undefined) throw new Error(`${dashboard.title} has no panel "${title}" with a statement`);
  return await store.rows(expand(found.query.rawSql, variablesOf(dashboard), choices));
}
