/** Keeps `model_prices` in step with the price book, and finds prices for names before they are stored. */
import type { ModelName, PriceBook, PriceRow } from '../pricing/types.ts';
import type { Engine } from './engine.ts';
import { sqlString, sqlTime } from './sql.ts';

const ROW_COLUMNS =
  'provider, model, price_provider, price_model, origin, valid_from, valid_until, daily_from, daily_until, ' +
  'above_input_tokens, ordinal, input, cache_write_5m, cache_write_1h, cache_read, output, fast, batch, flex, priority';

export class Prices {
  readonly #engine: Engine;
  #book: PriceBook;
  /** Names whose rows are in the store, and whether they have any. */
  #known = new Map<string, boolean>();

  constructor(engine: Engine, book: PriceBook) {
    this.#engine = engine;
    this.#book = book;
  }

  /**
   * Makes the store agree with the book.
   * @returns whether prices changed, so that sums over costs must be computed again.
   */
  async use(book: PriceBook): Promise<boolean> {
    this.#book = book;
    const names = await this.#engine.rows<ModelName & { priced: boolean; book: string }>(
      'SELECT provider, model, priced, book FROM tallyd.priced_names FINAL',
    );
    const stale = names.some((name) => name.book !== book.fingerprint);
    this.#known = new Map(names.map((name) => [key(name), name.priced]));
    if (!stale) return false;
    await this.#rebuild(names);
    return true;
  }

  /**
   * Looks names up that the store has not seen, so that no event is stored before its price.
   * @returns those of `names` that have no price.
   */
  async ensure(names: readonly ModelName[]): Promise<ModelName[]> {
    const unseen = names.filter((name) => !this.#known.has(key(name)));
    if (unseen.length > 0) {
      const rows = unseen.flatMap((name) => this.#book.rowsFor(name));
      await this.#insertRows('tallyd.model_price_rows', rows);
      if (rows.length > 0) await this.#reload();
      await this.#remember(unseen, rows);
    }
    return names.filter((name) => !this.#known.get(key(name)));
  }

  /** Builds the rows of all names beside the old ones and swaps them, so that a reader never misses one. */
  async #rebuild(names: readonly ModelName[]): Promise<void> {
    const fresh = 'tallyd.model_price_rows_fresh';
    await this.#engine.command(`DROP TABLE IF EXISTS ${fresh} SYNC`);
    await this.#engine.command(`CREATE TABLE ${fresh} AS tallyd.model_price_rows`);
    const rows = names.flatMap((name) => this.#book.rowsFor(name));
    await this.#insertRows(fresh, rows);
    await this.#engine.command(`EXCHANGE TABLES ${fresh} AND tallyd.model_price_rows`);
    await this.#reload();
    await this.#engine.command(`DROP TABLE ${fresh} SYNC`);
    await this.#remember(names, rows);
  }

  /** No reader sees rates whose prices are not there yet; on a server such an event is unpriced for a moment. */
  async #reload(): Promise<void> {
    await this.#engine.exclusively(async () => {
      await this.#engine.command('SYSTEM RELOAD DICTIONARY tallyd.rate_prices');
      await this.#engine.command('SYSTEM RELOAD DICTIONARY tallyd.rate_of');
    });
  }

  async #insertRows(table: string, rows: readonly PriceRow[]): Promise<void> {
    for (let at = 0; at < rows.length; at += 500) {
      const values = rows
        .slice(at, at + 500)
        .map(rowSql)
        .join(',\n');
      await this.#engine.command(`INSERT INTO ${table} (${ROW_COLUMNS}) VALUES ${values}`);
    }
  }

  async #remember(names: readonly ModelName[], rows: readonly PriceRow[]): Promise<void> {
    const priced = new Set(rows.map(key));
    for (const name of names) this.#known.set(key(name), priced.has(key(name)));
    const values = names.map(
      (name) =>
        `(${sqlString(name.provider)}, ${sqlString(name.model)}, ${priced.has(key(name))}, ${sqlString(this.#book.fingerprint)})`,
    );
    if (values.length > 0) {
      await this.#engine.command(
        `INSERT INTO tallyd.priced_names (provider, model, priced, book) VALUES ${values.join(', ')}`,
      );
    }
  }
}

function key(name: ModelName): string {
  return `${name.provider}\0${name.model}`;
}

function rowSql(row: PriceRow): string {
  const texts = [row.provider, row.model, row.priceProvider, row.priceModel, row.origin].map(sqlString);
  const numbers = [row.dailyFrom, row.dailyUntil, row.aboveInputTokens, row.ordinal].map(String);
  // decimals as text: a literal would pass through Float64
  const decimals = [
    row.input,
    row.cacheWrite5m,
    row.cacheWrite1h,
    row.cacheRead,
    row.output,
    row.fast,
    row.batch,
    row.flex,
    row.priority,
  ].map((value) => `'${value}'`);
  return `(${[...texts, sqlTime(row.validFrom), sqlTime(row.validUntil), ...numbers, ...decimals].join(', ')})`;
}
