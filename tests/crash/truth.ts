/** What must be in the store at the end: events and rejected records, as texts that can be compared. */

export interface ExpectedEvent {
  source: string;
  dataset: string;
  ts: number;
  model: string;
  project?: string;
  status?: string;
  user?: string;
  input?: number;
  cacheWrite5m?: number;
  cacheWrite1h?: number;
  cacheRead?: number;
  output?: number;
  reasoning?: number;
  unclassified?: number;
}

/** One text per event; the same for the expected and the stored one. */
export function keyOf(event: ExpectedEvent): string {
  const { source, dataset, ts, model, project = '', status = 'ok', user = '' } = event;
  const { input = 0, cacheWrite5m = 0, cacheWrite1h = 0, cacheRead = 0, output = 0 } = event;
  const { reasoning = 0, unclassified = 0 } = event;
  return JSON.stringify([
    ...[source, dataset, ts, model, project, status, user],
    ...[input, cacheWrite5m, cacheWrite1h, cacheRead, output, reasoning, unclassified],
  ]);
}

/** The same for what the store has. A project of a Gemini session is in its folder's name, a hash. */
export const STORED_EVENTS =
  'SELECT source, dataset, toUnixTimestamp64Milli(ts) AS ts, model, project, status, user, input_tokens AS input, ' +
  'cache_write_5m_tokens AS cacheWrite5m, cache_write_1h_tokens AS cacheWrite1h, cache_read_tokens AS cacheRead, ' +
  'output_tokens AS output, reasoning_tokens AS reasoning, unclassified_tokens AS unclassified FROM tallyd.usage';

/** As JSON gives them: 64-bit numbers may come as texts. */
export function storedKey(row: Record<keyof ExpectedEvent, string | number>): string {
  const numbers = Object.entries(row).map(([name, value]) => [
    name,
    ['source', 'dataset', 'model', 'project', 'status', 'user'].includes(name) ? value : Number(value),
  ]);
  return keyOf(Object.fromEntries(numbers) as ExpectedEvent);
}

export interface Differences {
  /** Expected and not there. */
  lost: string[];
  /** There, and not expected, or more often than expected. */
  surplus: string[];
}

/** Compares two bags of texts. */
export function compare(expected: Iterable<string>, stored: Iterable<string>): Differences {
  const left = new Map<string, number>();
  for (const key of expected) left.set(key, (left.get(key) ?? 0) + 1);
  const surplus: string[] = [];
  for (const key of stored) {
    const count = left.get(key) ?? 0;
    if (count === 0) surplus.push(key);
    else left.set(key, count - 1);
  }
  const lost: string[] = [];
  for (const [key, count] of left) for (let i = 0; i < count; i++) lost.push(key);
  return { lost, surplus };
}
