/** The conditions of a report, as SQL. */
import { sqlString } from '../store/sql.ts';
import type { CheckedOptions } from './options.ts';

/** The relations that reports read: the column that holds the time, and how to write one. */
export interface Relation {
  name: string;
  time: string;
}
export const USAGE: Relation = { name: 'tallyd.usage', time: 'ts' };
export const HOURLY: Relation = { name: 'tallyd.usage_hourly', time: 'hour' };
/** Sums per hour and session. */
export const BY_SESSION: Relation = { name: 'tallyd.usage_by_session', time: 'hour' };

/** The local day of a row, as a Date. */
export function localDay(relation: Relation, zone: string): string {
  return `toDate(${relation.time}, ${sqlString(zone)})`;
}

/** `WHERE …` of everything the options name: filters, session, days. '' when they name nothing. */
export function whereClause(
  options: CheckedOptions,
  relation: Relation,
  more: readonly string[] = [],
): string {
  return clause([...filters(options), ...days(options, relation), ...more]);
}

/** `WHERE …` without the days, for what is filtered by its end or its start as a whole. */
export function whereOfAnyDay(options: CheckedOptions, more: readonly string[] = []): string {
  return clause([...filters(options), ...more]);
}

/** Whether any option leaves usage out. */
export function isFiltered(options: CheckedOptions): boolean {
  return filters(options).length > 0 || options.since !== undefined || options.until !== undefined;
}

function clause(conditions: readonly string[]): string {
  return conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
}

function filters(options: CheckedOptions): string[] {
  const conditions = [
    anyOf(options.source, (name) => like('source', name)),
    anyOf(options.model, (name) => like('model', name)),
    anyOf(options.project, likeProject),
  ].filter((condition) => condition !== '');
  if (options.sessionId !== undefined) conditions.push(`session_id = ${sqlString(options.sessionId)}`);
  return conditions;
}

/**
 * The local days, and around them a range of time that prunes: no zone is further than a day from
 * UTC, and a function of the time could not use the primary key.
 */
function days(options: CheckedOptions, relation: Relation): string[] {
  const { since, until, zone } = options;
  const local = localDay(relation, zone);
  const conditions: string[] = [];
  if (since) {
    conditions.push(`${relation.time} >= toDateTime('${addDays(since, -1)} 00:00:00', 'UTC')`);
    // an hour that midnight falls into must not drop out by its start: see periods.ts
    const last = relation === USAGE ? local : localDay({ ...relation, time: 'hour + 3599' }, zone);
    conditions.push(`${last} >= toDate('${since}')`);
  }
  if (until) {
    // the last days that a DateTime can hold are beyond any log
    if (until < '2105-01-01')
      conditions.push(`${relation.time} < toDateTime('${addDays(until, 2)} 00:00:00', 'UTC')`);
    conditions.push(`${local} <= toDate('${until}')`);
  }
  return conditions;
}

/** The day so many days later; both `YYYY-MM-DD`. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** `(… OR …)` over names; '' without any. */
export function anyOf(names: readonly string[] | undefined, condition: (name: string) => string): string {
  if (!names || names.length === 0) return '';
  return `(${names.map(condition).join(' OR ')})`;
}

/** A name, or a pattern with `*`. */
export function like(text: string, name: string): string {
  return name.includes('*') ? `${text} LIKE ${sqlString(pattern(name))}` : `${text} = ${sqlString(name)}`;
}

/** A project is a path; people name it by its last part. */
function likeProject(name: string): string {
  const lastPart = `extract(project, ${sqlString('[^/\\\\]*$')})`;
  return `${like('project', name)} OR ${like(lastPart, name)}`;
}

/** `*` becomes LIKE's `%`; what LIKE would read as a wildcard stands for itself. */
function pattern(name: string): string {
  return name.replaceAll(/[\\%_]/g, '\\$&').replaceAll('*', '%');
}
