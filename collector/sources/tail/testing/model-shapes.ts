/** How the records of a model's file are laid out, as text and as the format that reads it. */
import type { Format } from '../../../formats/format.ts';

/** `lines`: read on from a position. `whole lines`: read whole. `document`, `table`: as the layouts. */
export const SHAPES = ['lines', 'whole lines', 'document', 'table'] as const;
export type Shape = (typeof SHAPES)[number];

export const ENDINGS: Record<Shape, string> = {
  lines: '.jsonl',
  'whole lines': '.jsonl',
  document: '.json',
  table: '.csv',
};

const HEADER = 'id,padding,end\n';

/** Text of records, and records of text. Every record of a case is equally long. */
export class RecordText {
  readonly shape: Shape;
  readonly #padding: string;

  constructor(shape: Shape, paddingBytes: number) {
    this.shape = shape;
    this.#padding = 'p'.repeat(paddingBytes);
  }

  /** A record, as a line without its newline. */
  line(id: string): string {
    if (this.shape === 'table') return `${id},${this.#padding},${id}`;
    return `{"id":"${id}","padding":"${this.#padding}","end":"${id}"}`;
  }

  /** A whole file. */
  file(ids: readonly string[]): string {
    const lines = ids.map((id) => this.line(id));
    if (this.shape === 'document') return `{"records":[\n${lines.join(',\n')}\n]}`;
    return (this.shape === 'table' ? HEADER : '') + lines.map((line) => `${line}\n`).join('');
  }

  /** Ids of the records that are whole in a text, in their order. */
  ids(text: string): string[] {
    if (this.shape === 'document') return documentIds(text);
    const ids: string[] = [];
    for (const line of text.split('\n')) {
      const id = idOf(line);
      if (id !== undefined && line === this.line(id)) ids.push(id);
    }
    return ids;
  }

  /** What of a cut text could be written on without breaking a record. */
  wholeLines(text: string): string {
    if (this.shape === 'document') return text;
    const lines = text.slice(0, text.lastIndexOf('\n') + 1);
    return this.shape === 'table' && !lines.startsWith(HEADER) ? '' : lines;
  }
}

/** The id of a line, of JSON or of a table; undefined where it is none. */
export function idOf(line: string): string | undefined {
  return (/^\{"id":"([^"]+)".*\}$/.exec(line) ?? /^(\w+),p*,\1$/.exec(line))?.[1];
}

/** Ids in a document; none when it is cut off. */
export function documentIds(text: string): string[] {
  try {
    return (JSON.parse(text) as { records: { id: string }[] }).records.map(({ id }) => id);
  } catch {
    return [];
  }
}

const EVENT = `multiIf(id = '', 'no record', '') AS rejected, '' AS rejected_column, '' AS rejected_value,
  if(id = '', 'broken', '') AS excerpt, reinterpretAsUInt128(sipHash128(id)) AS event_id, toUInt128(1) AS version,
  toDateTime64('2026-02-01', 3, 'UTC') + toIntervalSecond(event_id % 100000) AS ts, 'model-1' AS model, id AS request_id,
  toUInt64(1) AS output_tokens`;

const NAMES: Record<Shape, string> = {
  lines: 'model-lines',
  'whole lines': 'model-whole',
  document: 'model-documents',
  table: 'model-table',
};

/** A format of the test's own: what is tried here is how files are followed, not what is in them. */
export function formatOf(shape: Shape): Format {
  const layout = shape === 'document' || shape === 'table' ? shape : 'lines';
  return {
    name: NAMES[shape],
    title: `Model ${shape}`,
    layout,
    unit: shape === 'lines' ? 'record' : 'file',
    recognise: () => ({ is: 'this' }),
    readSql: READ[layout],
    ...(layout === 'table' && {
      columns: [{ name: 'id_cell', headers: ['id'], required: true }],
    }),
  };
}

const READ = {
  lines: `SELECT path, record, ${EVENT} FROM (SELECT path, record, JSONExtractString(line, 'id') AS id FROM {{records}})`,
  document: `SELECT path, record, ${EVENT} FROM (SELECT path, nth AS record, JSONExtractString(one, 'id') AS id FROM
    (SELECT path, if(isValidJSON(line), JSONExtractArrayRaw(line, 'records'), ['']) AS ones FROM {{records}})
    ARRAY JOIN ones AS one, arrayEnumerate(ones) AS nth)`,
  table: `SELECT path, record, ${EVENT} FROM (SELECT path, record, ifNull(id_cell, '') AS id FROM {{records}})`,
};
