/** What a budget counts: columns and the values they may have, as people write and read them. */

/** Columns that the hourly sums know. */
export const HOURLY_COLUMNS = [
  'source',
  'dataset',
  'provider',
  'model',
  'user',
  'project',
  'status',
] as const;

/** Columns that only the events know; `tags.NAME` beside them. */
export const EVENT_COLUMNS = ['session_id', 'grain'] as const;

/** Values per column; a row must have one of the values of every column. */
export type Scope = Readonly<Record<string, readonly string[]>>;

/** Whether a budget can be scoped by this column. */
export function isScopeColumn(column: string): boolean {
  return isHourly(column) || (EVENT_COLUMNS as readonly string[]).includes(column) || /^tags\../.test(column);
}

/** Whether the hourly sums do not know a column of the scope, so that events must be read. */
export function needsEvents(scope: Scope): boolean {
  return !Object.keys(scope).every(isHourly);
}

/** `model claude-opus* and user ada or bob`; `everything` for the empty scope. */
export function scopeText(scope: Scope, chargedOnly: boolean): string {
  const parts = Object.entries(scope).map(([column, values]) => {
    const shown = values.map((value) => (value === '' ? '(unknown)' : value));
    return `${column} ${shown.join(' or ')}`;
  });
  const text = parts.length > 0 ? parts.join(' and ') : 'everything';
  return chargedOnly ? `${text}, charged only` : text;
}

/** A value as a pattern of LIKE: `*` stands for anything, everything else for itself. */
export function likePattern(value: string): string {
  return value.replaceAll(/[\\%_]/g, '\\$&').replaceAll('*', '%');
}

function isHourly(column: string): boolean {
  return (HOURLY_COLUMNS as readonly string[]).includes(column);
}
