/**
 * Puts what `tallyd.yaml` says of budgets and alerts into the store, where views, panels and rules
 * read it. Done when the collector starts, and only what changed is written: a report or an upload
 * that opens the store in another folder leaves them alone.
 */
import { createHash } from 'node:crypto';
import { sqlString, sqlStrings } from '../store/sql.ts';
import type { Reader } from '../store/types.ts';
import { ALERT_LIMITS, type Alerts } from './alerts.ts';
import type { Budget } from './schema.ts';
import { likePattern, needsEvents, scopeText } from './scope.ts';

/** The part of the store that is written to. */
export interface BudgetStore extends Reader {
  command(sql: string): Promise<void>;
}

export interface BudgetSettings {
  /** An IANA name; periods begin at its midnight. */
  timezone: string;
  budgets: readonly Budget[];
  alerts: Alerts;
}

/**
 * Makes the store's budgets, limits and time zone those of the configuration. Readers see the
 * budgets before or those after. Rejects with a sentence when ClickHouse does not know the time
 * zone, and with ClickHouseError when the store cannot be written.
 */
export async function applyBudgets(store: BudgetStore, config: BudgetSettings): Promise<void> {
  const stored = new Map(
    (await store.rows<{ name: string; value: string }>('SELECT name, value FROM tallyd.settings FINAL')).map(
      ({ name, value }) => [name, value],
    ),
  );
  const set = setIdOf(config.budgets);
  if (stored.get('timezone') !== config.timezone) await checkTimezone(store, config.timezone);
  if (stored.get('budgets') !== set && config.budgets.length > 0)
    await store.command(insertRows(set, config.budgets));
  const wanted: [name: string, value: string][] = [
    ['timezone', config.timezone],
    ['budgets', set],
    ...ALERT_LIMITS.map(({ name }): [string, string] => [`alerts.${name}`, alertValue(config.alerts[name])]),
  ];
  // '' stands for a limit that is not set, and so does no row at all
  const changed = wanted.filter(([name, value]) => (stored.get(name) ?? '') !== value);
  if (changed.length === 0) return;
  const values = changed.map(([name, value]) => `(${sqlString(name)}, ${sqlString(value)})`).join(', ');
  await store.command(`INSERT INTO tallyd.settings (name, value) VALUES ${values}`);
}

/** The views that read the zone would all fail. */
async function checkTimezone(store: BudgetStore, zone: string): Promise<void> {
  const known = await store.rows(
    `SELECT 1 AS found FROM system.time_zones WHERE time_zone = ${sqlString(zone)}`,
  );
  if (known.length > 0) return;
  throw new Error(
    `TALLYD_TIMEZONE is "${zone}", a time zone that ClickHouse does not know: name one by its place, such as Europe/Berlin.`,
  );
}

function alertValue(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}

/** The same budgets have the same id; '' when there are none. */
function setIdOf(budgets: readonly Budget[]): string {
  if (budgets.length === 0) return '';
  return createHash('sha256').update(JSON.stringify(budgets)).digest('hex').slice(0, 32);
}

function insertRows(set: string, budgets: readonly Budget[]): string {
  return (
    'INSERT INTO tallyd.budget_rows (set_id, position, name, period, week_starts_on, unit, amount, thresholds, ' +
    'charged_only, scope, scope_text, scope_columns, scope_patterns, by_events) VALUES ' +
    budgets.map((budget, position) => rowSql(set, position, budget)).join(', ')
  );
}

function rowSql(set: string, position: number, budget: Budget): string {
  const { name, period, weekStartsOn, unit, amount, thresholds, chargedOnly, scope } = budget;
  const columns = Object.keys(scope);
  const lists = Object.values(scope);
  return `(${[
    sqlString(set),
    position,
    ...[name, period, weekStartsOn, unit].map(sqlString),
    amount,
    `[${thresholds.join(', ')}]`,
    chargedOnly,
    // VALUES takes either the text of a map or an expression for one in all rows, so none is written as {}
    `mapFromArrays(CAST(${sqlStrings(columns)}, 'Array(String)'), CAST([${lists.map(sqlStrings).join(', ')}], 'Array(Array(String))'))`,
    sqlString(scopeText(scope, chargedOnly)),
    sqlStrings(columns),
    `[${lists.map((values) => sqlStrings(values.map(likePattern))).join(', ')}]`,
    // the hourly sums do not tell what was charged
    chargedOnly || needsEvents(scope),
  ].join(', ')})`;
}
