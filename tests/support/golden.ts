/** A store of a few events made by hand, behind its read endpoint, and what a panel gets from it. */
import { join } from 'node:path';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import type { PriceBook } from '../../collector/pricing/types.ts';
import { createReadEndpoint } from '../../collector/store/read-endpoint/endpoint.ts';
import { sqlString } from '../../collector/store/sql.ts';
import { ask } from '../../grafana/testing/ask.ts';
import { type Choices, expand } from '../../grafana/testing/expand.ts';
import { sqlQueriesOf, variablesOf } from '../../grafana/testing/panels.ts';
import { openTestStore, quiet, temporaryFolder } from './store.ts';

/** An event as a test tells it; what it leaves out is empty, one request of a chat that went well. */
export interface GoldenEvent {
  /** UTC, as ClickHouse reads it: `2026-03-01 10:00:00`. */
  ts: string;
  source?: string;
  dataset?: string;
  grain?: 'request' | 'bucket';
  requests?: number;
  provider?: string;
  model?: string;
  user?: string;
  project?: string;
  session_id?: string;
  status?: 'ok' | 'error' | 'aborted';
  input_tokens?: number;
  cache_write_5m_tokens?: number;
  cache_write_1h_tokens?: number;
  cache_read_tokens?: number;
  output_tokens?: number;
  reasoning_tokens?: number;
  unclassified_tokens?: number;
  duration_ms?: number;
  /** Dollars, as a decimal. */
  reported_cost_usd?: string;
  billable?: boolean;
}

export type Row = Record<string, unknown>;

export interface Golden {
  /** Of the read endpoint. */
  url: string;
  /** The rows of a panel's first query, as objects. @throws Error where no panel has the title */
  rows(dashboard: Dashboard, title: string, choices: Choices): Promise<Row[]>;
  /** Cells of all panels that are no number: NaN or infinite. JSON would show them as NULL. */
  notNumbers(dashboard: Dashboard, choices: Choices): Promise<string[]>;
  close(): Promise<void>;
}

export async function openGolden(
  name: string,
  prices: PriceBook,
  events: readonly GoldenEvent[],
): Promise<Golden> {
  const folder = temporaryFolder(name);
  const store = await openTestStore(join(folder.path, 'store'), { prices });
  if (events.length > 0) await store.command(insertSql(events));
  await store.command(
    "INSERT INTO tallyd.priced_names (provider, model, priced, book) SELECT DISTINCT provider, model, 0, '' FROM tallyd.usage_events",
  );
  await store.usePrices(prices);
  const endpoint = createReadEndpoint({ engine: store.embedded!, log: quiet });
  const { address, close } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    rows: async (dashboard, title, choices) => {
      const query = sqlQueriesOf(dashboard).find(({ panel }) => panel.title === title);
      if (!query) throw new Error(`${dashboard.title} has no panel "${title}"`);
      const { columns, rows } = await ask(url, expand(query.query.rawSql, variablesOf(dashboard), choices));
      return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column.name, row[index]])));
    },
    notNumbers: async (dashboard, choices) => {
      const found: string[] = [];
      for (const { panel, query } of sqlQueriesOf(dashboard)) {
        const sql = expand(query.rawSql, variablesOf(dashboard), choices);
        const response = await fetch(`${url}/?database=tallyd&default_format=TabSeparated`, {
          method: 'POST',
          body: sql,
        });
        const text = await response.text();
        if (!response.ok) throw new Error(`${panel.title}: ${text}`);
        if (/(?:^|[\t\n])-?(?:nan|inf)(?:[\t\n]|$)/.test(text)) found.push(`${panel.title}: ${text}`);
      }
      return found;
    },
    close: async () => {
      await close();
      await store.close();
      folder.remove();
    },
  };
}

/** The columns, and what an event that leaves one out has there. */
const COLUMNS: [name: keyof GoldenEvent, empty: string][] = [
  ['ts', "''"],
  ['source', "'test'"],
  ['dataset', "'test'"],
  ['grain', "'request'"],
  ['requests', '1'],
  ['provider', "''"],
  ['model', "''"],
  ['user', "''"],
  ['project', "''"],
  ['session_id', "''"],
  ['status', "'ok'"],
  ['input_tokens', '0'],
  ['cache_write_5m_tokens', '0'],
  ['cache_write_1h_tokens', '0'],
  ['cache_read_tokens', '0'],
  ['output_tokens', '0'],
  ['reasoning_tokens', '0'],
  ['unclassified_tokens', '0'],
  ['duration_ms', 'NULL'],
  ['reported_cost_usd', 'NULL'],
  ['billable', 'true'],
];

function insertSql(events: readonly GoldenEvent[]): string {
  const rows = events.map((event, index) => {
    const values = COLUMNS.map(([name, empty]) => {
      const value = event[name];
      if (value === undefined) return empty;
      return typeof value === 'string' ? sqlString(value) : String(value);
    });
    return `(${[...values, index + 1].join(', ')}, 0, 1, 0)`;
  });
  const names = COLUMNS.map(([name]) => name).join(', ');
  return `INSERT INTO tallyd.usage_events (${names}, event_id, generation, version, is_deleted) VALUES ${rows.join(', ')}`;
}
