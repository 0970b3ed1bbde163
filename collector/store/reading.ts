/**
 * Reads the bytes of a batch into its table with the format's `read.sql`, in one of these ways:
 *
 * - at once, where the bytes come in large blocks: tables, frames, databases (frames with the format's
 *   fast statement where it has one: planning the other takes three times as long, for one line, too);
 * - gathered, where they lie in many files: thousands of small files come as thousands of small blocks,
 *   and a block costs the same however few rows it has (in place it took ten times as long);
 * - streamed, where the format can read its ordinary lines fast: lines are joined into large blocks on
 *   their way, read, and never kept.
 */
import type { Format } from '../formats/format.ts';
import { type ColumnsOf, columnTypes, createBatchTable, placeholders } from './batch-table.ts';
import type { Relation, Statements } from './engine.ts';
import { reasonable } from './reasonable.ts';
import { byteSource, recordsRelation } from './records.ts';
import { fillTemplate, sqlString } from './sql.ts';
import { dropTemporary } from './temporary.ts';
import type { Batch } from './types.ts';

const LINE = 'path String, record UInt64, line String';

export class Reading {
  readonly #engine: Statements;
  readonly #columns: ColumnsOf;

  constructor(engine: Statements, columns: ColumnsOf) {
    this.#engine = engine;
    this.#columns = columns;
  }

  /** Creates `table` and fills it. Tables it needs beside begin with its name and are gone at the end. */
  async read(batch: Batch, table: string): Promise<void> {
    await createBatchTable(this.#engine, table, batch.format.gives);
    const { kind } = batch.input;
    if (kind === 'files' && batch.format.readFastSql !== undefined) await this.#stream(batch, table);
    else if (kind === 'files' || kind === 'documents') await this.#gather(batch, table);
    else if (isFastFrames(batch)) await this.#readFrames(batch, table);
    else await this.#readAtOnce(batch, table);
  }

  async #readAtOnce(batch: Batch, table: string): Promise<void> {
    const found = await this.#columnsOfDatabase(batch);
    const statement = await this.#statement(batch, table);
    await this.#engine.insertFrom(byteSource(batch.input), (relation) =>
      statement(recordsRelation(batch.format, batch.input, relation, found)),
    );
  }

  /** Frames are few and large, so what the fast statement gives can be kept and looked at twice. */
  async #readFrames(batch: Batch, table: string): Promise<void> {
    const { format, input } = batch;
    const given = `${table}_given`;
    const columns = await this.#columns.fast(format);
    try {
      await this.#createGiven(given, columns, 'Memory');
      await this.#engine.insertFrom(byteSource(input), (relation) => {
        const fast = fillTemplate(format.readFastSql ?? '', {
          ...placeholders(batch),
          records: recordsRelation(format, input, relation),
        });
        const names = ['path', 'record', 'again', ...columns].join(', ');
        return `INSERT INTO ${given} (${names}) SELECT ${names} FROM (${fast})`;
      });
      await this.#engine.command(
        `INSERT INTO ${table} (${columns.join(', ')}, source, dataset) ` +
          `SELECT ${columns.join(', ')}, ${provenance(batch)} FROM ${given} WHERE again = ''`,
      );
      await this.#readAgain(
        batch,
        table,
        `(SELECT path, record, again AS line FROM ${given} WHERE again != '')`,
      );
    } finally {
      await this.#drop([given]);
    }
  }

  /** Reads what the fast statement gave back. */
  async #readAgain(batch: Batch, table: string, lines: string): Promise<void> {
    const [left] = await this.#engine.rows<{ lines: number }>(`SELECT count() AS lines FROM ${lines}`);
    if (Number(left!.lines) > 0) await this.#engine.command((await this.#statement(batch, table))(lines));
  }

  async #createGiven(name: string, columns: readonly string[], engine: 'Memory' | 'Null'): Promise<void> {
    const types = columnTypes('events');
    await this.#engine.command(
      `CREATE TABLE ${name} (path String, record UInt64, again String, ` +
        `${columns.map((column) => `${column} ${types[column]}`).join(', ')}) ENGINE = ${engine}`,
    );
  }

  async #gather(batch: Batch, table: string): Promise<void> {
    const lines = `${table}_lines`;
    await this.#engine.command(
      `CREATE TABLE ${lines} (${LINE.replace('path String', 'path LowCardinality(String)')}) ENGINE = Memory`,
    );
    try {
      await this.#insertLines(batch, lines);
      const statement = await this.#statement(batch, table);
      await this.#engine.command(statement(`(SELECT toString(path) AS path, record, line FROM ${lines})`));
    } finally {
      await this.#drop([lines]);
    }
  }

  /**
   * lines ─► `read-fast.sql` ─► the batch's table, and what that gives back ─► `read.sql` ─► the same.
   * The first two are materialized views: an INSERT joins small blocks before it hands them on.
   */
  async #stream(batch: Batch, table: string): Promise<void> {
    const { format } = batch;
    const lines = `${table}_lines`;
    const given = `${table}_given`;
    const again = `${table}_again`;
    const columns = await this.#columns.fast(format);
    const fast = fillTemplate(format.readFastSql ?? '', {
      ...placeholders(batch),
      records: lines,
    });
    const view = (name: string, to: string, select: string): string =>
      `CREATE MATERIALIZED VIEW ${name} TO ${to} AS ${select}`;
    try {
      await this.#engine.command(`CREATE TABLE ${lines} (${LINE}) ENGINE = Null`);
      await this.#createGiven(given, columns, 'Null');
      await this.#engine.command(`CREATE TABLE ${again} (${LINE}) ENGINE = Memory`);
      await this.#engine.command(
        view(`${table}_to_given`, given, `SELECT path, record, again, ${columns.join(', ')} FROM (${fast})`),
      );
      await this.#engine.command(
        view(
          `${table}_to_read`,
          table,
          `SELECT ${columns.join(', ')}, ${provenance(batch)} FROM ${given} WHERE again = ''`,
        ),
      );
      await this.#engine.command(
        view(
          `${table}_to_again`,
          again,
          `SELECT path, record, again AS line FROM ${given} WHERE again != ''`,
        ),
      );
      await this.#insertLines(batch, lines);
      await this.#readAgain(batch, table, again);
    } finally {
      await this.#drop([`${table}_to_given`, `${table}_to_read`, `${table}_to_again`, lines, given, again]);
    }
  }

  async #insertLines({ format, input }: Batch, table: string): Promise<void> {
    await this.#engine.insertFrom(
      byteSource(input),
      (relation: Relation) =>
        `INSERT INTO ${table} SELECT path, record, line FROM ${recordsRelation(format, input, relation)}`,
    );
  }

  /** The statement that reads records with `read.sql`. */
  async #statement(batch: Batch, table: string): Promise<(records: string) => string> {
    const given = await this.#columns.read(batch.format);
    return (records) => {
      const select = fillTemplate(batch.format.readSql, { ...placeholders(batch), records });
      const { columns, from } = reasonable(select, given, batch.format);
      return (
        `INSERT INTO ${table} (${given.join(', ')}, source, dataset) ` +
        `SELECT ${columns}, ${provenance(batch)} FROM ${from}`
      );
    };
  }

  /** Programs add columns to their tables, so a database of another version has others. */
  async #columnsOfDatabase({ input }: Batch): Promise<string[]> {
    if (input.kind !== 'sqlite') return [];
    const rows = await this.#engine.rows<{ name: string }>(
      `DESCRIBE TABLE sqlite(${sqlString(input.path)}, ${sqlString(input.table)})`,
    );
    return rows.map((row) => row.name);
  }

  async #drop(tables: readonly string[]): Promise<void> {
    await dropTemporary(this.#engine, ...tables);
  }
}

/** Whole lines in frames that the fast statement reads. */
function isFastFrames({ format, input }: Batch): boolean {
  return input.kind === 'frames' && input.elementsAt === undefined && format.readFastSql !== undefined;
}

/** What `read.sql` does not know of a row. */
function provenance({ format, dataset }: { format: Format; dataset: string }): string {
  return `${sqlString(format.source ?? format.name)} AS source, ${sqlString(dataset)} AS dataset`;
}
