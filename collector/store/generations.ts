/**
 * Which generation of a dataset is shown; see 0001_create_usage_events.sql. Usage and bills have
 * generations of their own: one that is replaced leaves the other.
 */
import { randomInt } from 'node:crypto';
import type { Engine } from './engine.ts';
import { sqlString } from './sql.ts';

/** The table of states, and those with the rows of generations. */
interface GenerationTables {
  states: string;
  rows: readonly string[];
}

export const USAGE_GENERATIONS: GenerationTables = {
  states: 'generations',
  rows: ['usage_events', 'usage_event_places', 'usage_hourly_rows', 'usage_by_session_rows'],
};
export const BILL_GENERATIONS: GenerationTables = { states: 'bill_generations', rows: ['billed_cost_rows'] };

export class Generations {
  readonly #engine: Engine;
  readonly #tables: GenerationTables;

  constructor(engine: Engine, tables: GenerationTables) {
    this.#engine = engine;
    this.#tables = tables;
  }

  /** The live generation that rows appended to a dataset join; made when it has none. */
  async live(dataset: string): Promise<bigint> {
    const [newest] = await this.#ofDataset(dataset);
    if (newest !== undefined) return newest;
    const generation = newGeneration();
    await this.#set([[generation, dataset, 'live']]);
    return generation;
  }

  /** A generation whose rows nobody sees yet. */
  async begin(dataset: string): Promise<bigint> {
    const generation = newGeneration();
    await this.#set([[generation, dataset, 'loading']]);
    return generation;
  }

  /** Shows a generation in the place of everything its dataset held, in one step. */
  async show(generation: bigint, dataset: string): Promise<void> {
    const old = await this.#ofDataset(dataset);
    await this.#engine.exclusively(() =>
      this.#set([
        [generation, dataset, 'live'],
        ...old.map((g): GenerationState => [g, dataset, 'replaced']),
      ]),
    );
  }

  /** The live generations of a dataset. */
  of(dataset: string): Promise<bigint[]> {
    return this.#ofDataset(dataset);
  }

  /** Shows generations no more. */
  async hide(generations: readonly bigint[], dataset: string): Promise<void> {
    if (generations.length > 0)
      await this.#set(generations.map((generation): GenerationState => [generation, dataset, 'replaced']));
  }

  async abandon(generation: bigint, dataset: string): Promise<void> {
    await this.#set([[generation, dataset, 'replaced']]);
  }

  /**
   * Deletes the rows of generations that are no longer shown, and of those whose loading a crash cut
   * off: with an engine of one's own every one that still loads, on a server, where another
   * collector may be loading it, those that began long ago. Safe to repeat; not while this process
   * loads one.
   */
  async sweep(): Promise<void> {
    const loading = this.#engine.kind === 'embedded' ? '1' : 'changed_at < now() - INTERVAL 6 HOUR';
    const rows = await this.#engine.rows<{ generation: string }>(
      `SELECT toString(generation) AS generation FROM tallyd.${this.#tables.states} FINAL ` +
        `WHERE state = 'replaced' OR (state = 'loading' AND ${loading})`,
    );
    if (rows.length === 0) return;
    const list = rows.map((row) => row.generation).join(',');
    const remove = (table: string): Promise<void> =>
      this.#engine.command(
        `DELETE FROM tallyd.${table} WHERE generation IN (${list}) SETTINGS lightweight_deletes_sync=2`,
      );
    for (const table of this.#tables.rows) await remove(table);
    // a reader that still looks at parts with these rows must find them hidden
    await this.#engine.exclusively(() => remove(this.#tables.states));
  }

  async #ofDataset(dataset: string): Promise<bigint[]> {
    const rows = await this.#engine.rows<{ generation: string }>(
      `SELECT toString(generation) AS generation FROM tallyd.${this.#tables.states} FINAL ` +
        `WHERE dataset = ${sqlString(dataset)} AND state = 'live' ORDER BY generation DESC`,
    );
    return rows.map((row) => BigInt(row.generation));
  }

  async #set(states: GenerationState[]): Promise<void> {
    const values = states
      .map(([g, dataset, state]) => `(${g}, ${sqlString(dataset)}, '${state}')`)
      .join(', ');
    await this.#engine.command(
      `INSERT INTO tallyd.${this.#tables.states} (generation, dataset, state) VALUES ${values}`,
    );
  }
}

type GenerationState = [generation: bigint, dataset: string, state: 'loading' | 'live' | 'replaced'];

/** Grows with time and differs between collectors that share a server. */
function newGeneration(): bigint {
  return (BigInt(Date.now()) << 20n) | BigInt(randomInt(1 << 20));
}
