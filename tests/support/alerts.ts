/** A store with a read endpoint, in which a test puts what a rule must or must not tell of. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { rulesFile } from '../../grafana/alerts/index.ts';
import { ask } from '../../grafana/testing/ask.ts';
import { evaluate, type Evaluation, type Instance } from '../../grafana/testing/evaluate.ts';
import { applyBudgets } from '../../collector/budgets/apply.ts';
import type { Alerts } from '../../collector/budgets/alerts.ts';
import { budgetsSchema } from '../../collector/budgets/schema.ts';
import { createReadEndpoint } from '../../collector/store/read-endpoint/endpoint.ts';
import { sqlString } from '../../collector/store/sql.ts';
import type { Store } from '../../collector/store/store.ts';
import { openTestStore, quiet, temporaryFolder } from './store.ts';

/** Rules as Grafana reads them; where their panels are is a matter of another test. */
export const rules = rulesFile(() => 1).groups.flatMap((group) => group.rules);

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const WEEK = 7 * DAY;

/** Usage so many milliseconds ago. What is not named is empty or 0. */
export interface Used {
  ago: number;
  source?: string;
  provider?: string;
  model?: string;
  user?: string;
  status?: string;
  requests?: number;
  /** Reported by the source; null: nobody knows what it cost. @default 0 */
  usd?: number | null;
  input?: number;
  cacheRead?: number;
}

export interface Configured {
  timezone?: string;
  budgets?: unknown[];
  alerts?: Alerts;
}

const TABLES = [
  'usage_events',
  'usage_hourly_rows',
  'usage_by_session_rows',
  'stale_hours',
  'rejected_records',
  'upload_reports',
  'tailed_file_states',
  'settings',
  'budget_rows',
];

export class AlertStore {
  readonly store: Store;
  readonly #url: string;
  readonly #close: () => Promise<void>;
  #events = 0;

  private constructor(store: Store, url: string, close: () => Promise<void>) {
    this.store = store;
    this.#url = url;
    this.#close = close;
  }

  static async open(): Promise<AlertStore> {
    const folder = temporaryFolder('alerts');
    const store = await openTestStore(join(folder.path, 'store'));
    const endpoint = createReadEndpoint({ engine: store.embedded!, log: quiet });
    const { address, close } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
    return new AlertStore(store, `http://127.0.0.1:${address.port}`, async () => {
      await close();
      await store.close();
      folder.remove();
    });
  }

  close(): Promise<void> {
    return this.#close();
  }

  /** Evaluates a rule at an address where nothing listens. */
  static async unreachable(): Promise<(uid: string) => Promise<Evaluation>> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return (uid) => evaluateAt(`http://127.0.0.1:${port}`, uid);
  }

  /** As a new store is, before the collector has written its settings. */
  async empty(): Promise<void> {
    for (const table of TABLES) await this.store.command(`TRUNCATE TABLE tallyd.${table}`);
  }

  async configure({ timezone = 'UTC', budgets = [], alerts = {} }: Configured): Promise<void> {
    await applyBudgets(this.store, { timezone, budgets: budgetsSchema.parse(budgets), alerts });
  }

  async use(...used: Used[]): Promise<void> {
    const rows = used.map((one) => this.#row(one));
    await this.store
      .command(`INSERT INTO tallyd.usage_events (ts, event_id, generation, source, dataset, grain, requests, provider,
      model, user, project, session_id, request_id, status, input_tokens, cache_read_tokens, reported_cost_usd, billable, version, is_deleted)
      VALUES ${rows.join(', ')}`);
    await this.store.command(
      'INSERT INTO tallyd.stale_hours (hour, done) SELECT DISTINCT toStartOfHour(ts), 0 FROM tallyd.usage_events',
    );
    await this.store.catchUp();
  }

  #row(one: Used): string {
    const texts = [one.provider ?? 'anthropic', one.model ?? 'opus', one.user ?? 'ada', '', '', ''];
    return `(${[
      moment(one.ago),
      ++this.#events,
      0,
      ...[one.source ?? 'claude-code', 'laptop', 'request'].map(sqlString),
      one.requests ?? 1,
      ...[...texts, one.status ?? 'ok'].map(sqlString),
      one.input ?? 0,
      one.cacheRead ?? 0,
      one.usd === null ? 'NULL' : `toDecimal64('${one.usd ?? 0}', 9)`,
      'true, 1, 0',
    ].join(', ')})`;
  }

  async follow(source: string, path = `/logs/${source}.jsonl`, modifiedAgo = 0): Promise<void> {
    await this.store
      .command(`INSERT INTO tallyd.tailed_file_states (path, source, dataset, size, offset, state, modified_at)
      VALUES (${sqlString(path)}, ${sqlString(source)}, 'laptop', 1, 1, 'following', ${moment(modifiedAgo)})`);
  }

  /** Records of an upload, or of a file, that could not be read. */
  async reject(count: number, from: { upload?: string; path?: string; ago?: number }): Promise<void> {
    await this.store
      .command(`INSERT INTO tallyd.rejected_records (source, dataset, upload_id, path, record, line, column, value, reason, excerpt, rejected_at)
      SELECT 'cursor-csv', 'cursor', ${sqlString(from.upload ?? '')}, ${sqlString(from.path ?? '')}, number + 1, number + 2, '', '', 'cells are missing', 'x', ${moment(from.ago ?? 0)}
      FROM numbers(${count})`);
  }

  async upload(dataset: string, ...finishedAgo: number[]): Promise<void> {
    const rows = finishedAgo.map((ago) => {
      const id = `${dataset}-${ago}`;
      return `(${sqlString(id)}, 'a.csv', ${sqlString(dataset)}, 'cursor-csv', 'append', 'done', 1, ${moment(ago)}, ${moment(ago)})`;
    });
    await this.store
      .command(`INSERT INTO tallyd.upload_reports (id, name, dataset, format, mode, status, bytes, started_at, finished_at)
      VALUES ${rows.join(', ')}`);
  }

  evaluate(uid: string): Promise<Evaluation> {
    return evaluateAt(this.#url, uid);
  }

  /** The instances that fire. @throws Error when the rule could not be evaluated. */
  async firing(uid: string): Promise<Instance[]> {
    const evaluation = await this.evaluate(uid);
    if (evaluation.outcome === 'Error') throw new Error(`${uid}: ${evaluation.error}`);
    return evaluation.instances.filter(({ state }) => state === 'Alerting');
  }
}

function evaluateAt(url: string, uid: string): Promise<Evaluation> {
  const rule = rules.find((one) => one.uid === uid);
  if (!rule) throw new Error(`there is no rule ${uid}`);
  return evaluate(rule, (sql) => ask(url, sql));
}

function moment(ago: number): string {
  return `fromUnixTimestamp64Milli(${Date.now() - ago}, 'UTC')`;
}
