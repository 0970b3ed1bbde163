/** Asks the store as the plugin does: by HTTP, the statement in the body. */

export interface Column {
  name: string;
  /** ClickHouse's, such as `LowCardinality(String)`. */
  type: string;
}

export interface Frame {
  columns: Column[];
  rows: unknown[][];
}

/**
 * @param seconds what it may take, if less than the endpoint allows
 * @throws Error with what the endpoint answered when it is not 200.
 */
export async function ask(url: string, sql: string, seconds?: number): Promise<Frame> {
  const limit = seconds === undefined ? '' : `&max_execution_time=${seconds}`;
  const response = await fetch(`${url}/?database=tallyd&default_format=JSONCompact${limit}`, {
    method: 'POST',
    body: sql,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${text.trim()}\n${sql}`);
  const { meta, data } = JSON.parse(text) as { meta: Column[]; data: unknown[][] };
  return { columns: meta, rows: data };
}

/** What Grafana makes of a column (plugin: converters). */
export type Field = 'time' | 'number' | 'string' | 'boolean' | 'json';

export function fieldOf(type: string): Field {
  const inner = /^(?:LowCardinality|Nullable)\((.*)\)$/s.exec(type)?.[1];
  if (inner !== undefined) return fieldOf(inner);
  if (/^Date/.test(type)) return 'time';
  if (/^(?:U?Int|Float|Decimal)/.test(type)) return 'number';
  if (/^(?:String|Enum|FixedString|UUID|IPv)/.test(type)) return 'string';
  if (type === 'Bool') return 'boolean';
  return 'json';
}
