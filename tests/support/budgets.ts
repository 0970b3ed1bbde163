/** Events for tests of budgets, and the simplest way to count them: one by one. */
import type { Budget } from '../../collector/budgets/schema.ts';
import { sqlString } from '../../collector/store/sql.ts';
import type { Store } from '../../collector/store/store.ts';

export interface BudgetEvent {
  /** ISO 8601. */
  ts: string;
  usd: number;
  tokens: number;
  model?: string;
  user?: string;
  project?: string;
  session?: string;
  billable?: boolean;
  tags?: Record<string, string>;
}

/** Stores events whose cost was reported, and computes their hours. */
export async function writeEvents(store: Store, events: readonly BudgetEvent[]): Promise<void> {
  const rows = events.map((event, i) => {
    const texts = [event.model, event.user, event.project, event.session].map((text) =>
      sqlString(text ?? ''),
    );
    const tags = Object.entries(event.tags ?? {}).map(
      ([tag, value]) => `${sqlString(tag)}, ${sqlString(value)}`,
    );
    return (
      `(parseDateTime64BestEffort('${event.ts}', 3, 'UTC'), ${i}, 'test', 'd', 'request', 1, 'p', ${texts.join(', ')}, ` +
      `${event.tokens}, toDecimal64('${event.usd}', 9), 'standard', 'ok', ${event.billable ?? true}, map(${tags.join(', ')}))`
    );
  });
  await store.command(
    'INSERT INTO tallyd.usage_events (ts, event_id, source, dataset, grain, requests, provider, model, user, project, ' +
      `session_id, output_tokens, reported_cost_usd, speed, status, billable, tags) VALUES ${rows.join(', ')}`,
  );
  await store.command(
    'INSERT INTO tallyd.stale_hours (hour, done) SELECT DISTINCT toStartOfHour(ts), 0 FROM tallyd.usage_events',
  );
  await store.catchUp();
}

/** `YYYY-MM-DD` of a moment in a zone, by Node's own tables. */
export function localDay(ms: number, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(ms);
}

/** Per period with usage: its first local day, requests, and cents or hundredths of tokens. Sorted. */
export function countPeriods(
  events: readonly BudgetEvent[],
  budget: Budget,
  zone: string,
): [firstDay: string, requests: number, hundredths: number][] {
  const found = new Map<string, [number, number]>();
  for (const event of events.filter((one) => counts(one, budget))) {
    const first = firstDay(localDay(Date.parse(event.ts), zone), budget);
    const [requests, spent] = found.get(first) ?? [0, 0];
    found.set(first, [
      requests + 1,
      spent + Math.round((budget.unit === 'usd' ? event.usd : event.tokens) * 100),
    ]);
  }
  return [...found]
    .map(([day, [requests, spent]]): [string, number, number] => [day, requests, spent])
    .sort();
}

function counts(event: BudgetEvent, budget: Budget): boolean {
  if (budget.chargedOnly && event.billable === false) return false;
  const values: Record<string, string | undefined> = {
    model: event.model,
    user: event.user,
    session_id: event.session,
  };
  return Object.entries(budget.scope).every(([column, wanted]) =>
    wanted.some((one) => new RegExp(`^${one.replaceAll('*', '.*')}$`).test(values[column] ?? '')),
  );
}

function firstDay(day: string, { period, weekStartsOn }: Budget): string {
  if (period === 'monthly') return `${day.slice(0, 7)}-01`;
  if (period === 'daily') return day;
  const date = new Date(`${day}T00:00:00Z`);
  const back = weekStartsOn === 'sunday' ? date.getUTCDay() : (date.getUTCDay() + 6) % 7;
  return new Date(date.getTime() - back * 86_400_000).toISOString().slice(0, 10);
}
