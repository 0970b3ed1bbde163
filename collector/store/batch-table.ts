/** The table that one batch is read into: what `read.sql` gave, before anything is decided. */
import { CELL_FUNCTIONS } from '../formats/cells.ts';
import type { Format } from '../formats/format.ts';
import { BILL_COLUMNS } from './bill-columns.ts';
import type { Engine, Statements } from './engine.ts';
import { emptyRecords } from './records.ts';
import { fillTemplate, sqlStrings } from './sql.ts';
import type { Batch } from './types.ts';

/** Columns of an event as `usage_events` has them, without place and version. */
export const EVENT_COLUMNS = {
  ts: "DateTime64(3, 'UTC')",
  source: 'LowCardinality(String)',
  dataset: 'LowCardinality(String)',
  grain: "Enum8('request' = 1, 'bucket' = 2)",
  requests: 'UInt32',
  provider: 'LowCardinality(String)',
  model: 'LowCardinality(String)',
  user: 'LowCardinality(String)',
  project: 'LowCardinality(String)',
  session_id: 'String',
  request_id: 'String',
  status: 'LowCardinality(String)',
  input_tokens: 'UInt64',
  cache_write_5m_tokens: 'UInt64',
  cache_write_1h_tokens: 'UInt64',
  cache_read_tokens: 'UInt64',
  output_tokens: 'UInt64',
  reasoning_tokens: 'UInt64',
  unclassified_tokens: 'UInt64',
  duration_ms: 'Nullable(UInt32)',
  reported_cost_usd: 'Nullable(Decimal(18, 9))',
  billable: 'Bool',
  speed: "Enum8('standard' = 0, 'fast' = 1, 'batch' = 2, 'flex' = 3, 'priority' = 4)",
  /** The tokens of one prompt for the price tiers; 0: tokens and requests tell. */
  context_size: 'UInt64',
  /** The source does not tell its tokens: no cost can be calculated, which is not a cost of 0. */
  unmeasured: 'Bool',
  tags: 'Map(LowCardinality(String), String)',
} as const;

/** What an event is when `read.sql` does not say. */
const EVENT_DEFAULTS: Partial<Record<string, string>> = {
  grain: "'request'",
  requests: '1',
  status: "'ok'",
  billable: 'true',
  speed: "'standard'",
};

/** Where a record stands, and what is wrong with it. */
const PLACE_COLUMNS = {
  path: 'String',
  record: 'UInt64',
  rejected: 'LowCardinality(String)',
  rejected_column: 'String',
  rejected_value: 'String',
  excerpt: 'String',
} as const;

/** What `read.sql` gives beside the event. */
const READING_COLUMNS = {
  ...PLACE_COLUMNS,
  event_id: 'UInt128',
  version: 'UInt128',
  /** Turns of threads, see 0009_create_thread_turns.sql. */
  thread_id: 'String',
  turn: 'UInt32',
  parent_id: 'String',
  forked_at: "DateTime64(3, 'UTC')",
  /** An event that must not count any more: the replay of a turn that stands in its parent. */
  withdrawn: 'UInt8',
} as const;

interface Gives {
  /** One of what it gives, as a message names it. */
  one: string;
  columns: Record<string, string>;
  defaults: Partial<Record<string, string>>;
}

const GIVES: Record<NonNullable<Format['gives']>, Gives> = {
  events: { one: 'event', columns: { ...READING_COLUMNS, ...EVENT_COLUMNS }, defaults: EVENT_DEFAULTS },
  bills: {
    one: 'line of a bill',
    columns: { ...PLACE_COLUMNS, bill_id: 'UInt128', version: 'UInt128', ...BILL_COLUMNS },
    defaults: { currency: "'USD'" },
  },
};

/** The types of the columns that formats which give `gives` may give. */
export function columnTypes(gives: Format['gives'] = 'events'): Record<string, string> {
  return GIVES[gives].columns;
}

/** Creates an empty table for what formats that give `gives` read. */
export async function createBatchTable(
  engine: Statements,
  name: string,
  gives: Format['gives'] = 'events',
): Promise<void> {
  const { columns: types, defaults } = GIVES[gives];
  const columns = Object.entries(types).map(
    ([column, type]) => `${column} ${type}${defaults[column] ? ` DEFAULT ${defaults[column]}` : ''}`,
  );
  await engine.command(`CREATE TABLE ${name} (${columns.join(', ')}) ENGINE = Memory`);
}

/** Which columns a SELECT of a format gives; throws where it gives one that no batch has. */
export class ColumnsOf {
  readonly #engine: Engine;
  readonly #known = new Map<string, string[]>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Columns of a format's `read.sql`. Asked once per format. */
  async read(format: Format): Promise<string[]> {
    const sql = fillTemplate(format.readSql, {
      ...placeholders({ arrivedAt: 0 }),
      records: emptyRecords(format),
    });
    return await this.#of(`${format.name}/read.sql`, sql, GIVES[format.gives ?? 'events']);
  }

  /** Columns of an event that a format's `read-fast.sql` gives, without `path`, `record` and `again`. */
  async fast(format: Format): Promise<string[]> {
    const sql = fillTemplate(format.readFastSql ?? '', {
      ...placeholders({ arrivedAt: 0 }),
      records: emptyRecords(format),
    });
    const names = await this.#of(`${format.name}/read-fast.sql`, sql, {
      ...GIVES.events,
      columns: { ...GIVES.events.columns, again: 'String' },
    });
    return names.filter((name) => !['path', 'record', 'again'].includes(name));
  }

  /** Columns of a format's `resolve.sql`. */
  async resolve(format: Format): Promise<string[]> {
    const sql = fillTemplate(format.resolveSql ?? '', { threads: `(SELECT '' WHERE 0)` });
    return await this.#of(`${format.name}/resolve.sql`, sql, GIVES.events);
  }

  async #of(title: string, sql: string, { one, columns }: Gives): Promise<string[]> {
    const known = this.#known.get(title);
    if (known) return known;
    const rows = await this.#engine.rows<{ name: string }>(`DESCRIBE TABLE (${sql})`);
    const names = rows.map((row) => row.name);
    const strange = names.filter((name) => !(name in columns));
    if (strange.length > 0)
      throw new Error(`${title} gives columns that no ${one} has: ${strange.join(', ')}`);
    this.#known.set(title, names);
    return names;
  }
}

/** The placeholders of every `read.sql` but `{{records}}`. */
export function placeholders({
  arrivedAt,
  parts,
}: Pick<Batch, 'arrivedAt' | 'parts'>): Record<string, string> {
  const times = parts?.map((part) => Math.trunc(part.arrivedAt)).join(', ');
  return {
    arrived_at: parts
      ? `toUInt128(transform(path, ${sqlStrings(parts.map((part) => part.path))}, CAST([${times}], 'Array(UInt64)'), toUInt64(0)))`
      : `toUInt128(${Math.trunc(arrivedAt)})`,
    provider_of_model: PROVIDER_OF_MODEL,
    cells: CELL_FUNCTIONS,
  };
}

/** The maker of a model, from a column `model`; '' when the name does not say. */
const PROVIDER_OF_MODEL = `multiIf(
    match(lower(model), '(^|[./])claude'), 'anthropic',
    match(lower(model), '(^|/)(gpt-|o[1-9](-|$)|codex|chatgpt-|text-embedding-)'), 'openai',
    match(lower(model), '(^|/)gemini'), 'google',
    match(lower(model), '(^|/)grok'), 'x-ai',
    match(lower(model), '(^|/)deepseek'), 'deepseek',
    match(lower(model), '(^|/)(kimi|moonshot)'), 'moonshotai',
    match(lower(model), '(^|/)glm'), 'zai',
    match(lower(model), '(^|/)(mistral|codestral|devstral|magistral)'), 'mistral',
    match(lower(model), '(^|/)qwen'), 'qwen',
    match(lower(model), '^composer'), 'cursor',
    '')`;
