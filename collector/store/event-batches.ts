/**
 * What becomes of usage that was read: it is resolved, compared with the store, priced and written.
 *
 * 1. The batch is reduced to its best copy per event and compared with where the store has it.
 * 2. Prices of names not seen before are looked up.
 * 3. The hours that will change are marked; events are written, better copies over worse ones, with
 *    a tombstone where a copy stood in another hour; then their places; then the rejected records.
 * 4. The marked hours are computed again.
 */
import type { Logger } from 'pino';
import { type ColumnsOf, createBatchTable } from './batch-table.ts';
import type { CutOffWrites } from './cut-off-writes.ts';
import type { Engine } from './engine.ts';
import { contentHash, EVENT } from './event-content.ts';
import type { Generations } from './generations.ts';
import { LiveUsage } from './live-usage.ts';
import { partReports, readParts } from './parts.ts';
import type { Prices } from './prices.ts';
import { type ReadCounts, readCounts, rowCounts } from './read-counts.ts';
import { firstRejections, rejectionScope, storeRejections } from './rejections.ts';
import type { Rollup } from './rollup.ts';
import { fillTemplate, LARGE_INSERT, sqlString } from './sql.ts';
import { dropTemporary } from './temporary.ts';
import type { Batch, BatchReport } from './types.ts';
import type { BatchKind } from './writer.ts';

export class EventBatches implements BatchKind {
  readonly #engine: Engine;
  readonly #prices: Prices;
  readonly #rollup: Rollup;
  readonly #generations: Generations;
  readonly #columns: ColumnsOf;
  readonly #cutOff: CutOffWrites;
  readonly #log: Logger;

  constructor(parts: {
    engine: Engine;
    prices: Prices;
    rollup: Rollup;
    generations: Generations;
    columns: ColumnsOf;
    cutOff: CutOffWrites;
    log: Logger;
  }) {
    this.#engine = parts.engine;
    this.#prices = parts.prices;
    this.#rollup = parts.rollup;
    this.#generations = parts.generations;
    this.#columns = parts.columns;
    this.#cutOff = parts.cutOff;
    this.#log = parts.log;
  }

  async store(batch: Batch, read: string): Promise<BatchReport> {
    const events = batch.format.keeps === 'thread' ? `${read}_events` : read;
    const best = `${read}_best`;
    try {
      if (events !== read) await this.#resolve(batch, read, events);
      return await this.#store(batch, { read, events, best });
    } finally {
      await dropTemporary(this.#engine, best, ...(events === read ? [] : [events]));
    }
  }

  /** Turns become events, together with those of the threads that forked from them. */
  async #resolve(batch: Batch, read: string, events: string): Promise<void> {
    const turn =
      'source, thread_id, turn, parent_id, forked_at, ts, dataset, provider, model, project, ' +
      'input_tokens, cache_read_tokens, output_tokens, reasoning_tokens';
    await this.#engine.command(
      `INSERT INTO tallyd.thread_turns (${turn}, total_tokens, speed, tags) ` +
        `SELECT ${turn}, input_tokens + cache_read_tokens + output_tokens, speed, tags FROM ${read} WHERE rejected = ''`,
    );
    await createBatchTable(this.#engine, events);
    const columns = (await this.#columns.resolve(batch.format)).join(', ');
    const select = fillTemplate(batch.format.resolveSql ?? '', {
      threads: `(SELECT DISTINCT thread_id FROM ${read})`,
    });
    await this.#engine.command(`INSERT INTO ${events} (${columns}) SELECT ${columns} FROM (${select})`);
  }

  async #store(batch: Batch, tables: { read: string; events: string; best: string }): Promise<BatchReport> {
    const found = batch.parts && (await readParts(this.#engine, tables.read));
    const scope = await rejectionScope(this.#engine, tables.read, batch);
    const replacing = batch.mode === 'replace';
    const generation = replacing
      ? await this.#generations.begin(batch.dataset)
      : await this.#generations.live(batch.dataset);
    const unpriced = await this.#ensurePrices(tables.events);
    await this.#cutOff.mend();
    await this.#compare(batch, tables.events, tables.best, generation);
    const summary = await this.#summary(tables.best);
    const counts = await readCounts(this.#engine, tables.read, scope);
    const live = batch.live ? await LiveUsage.before(this.#engine, tables.best) : undefined;
    if (summary.better > 0)
      await this.#writeEvents(tables.best).catch((error: unknown) => this.#cutOffBy(error));
    if (counts.rejected > 0) await storeRejections(this.#engine, tables.read, batch, scope);
    if (!batch.moreFollows) await this.#rollup.refresh();
    if (replacing) await this.#finishReplace(batch, generation, counts);
    const usage = live ? await live.after() : [];
    return {
      rows: rowCounts(counts, summary),
      rejections: counts.rejected > 0 ? await firstRejections(this.#engine, tables.read, batch, scope) : [],
      rejectedByReason: counts.reasons,
      usage,
      ...(summary.newest > 0 && { newestEventAt: summary.newest }),
      unpriced,
      ...(batch.parts &&
        found && {
          parts: await partReports(this.#engine, { ...tables, parts: batch.parts, found, unpriced }),
        }),
    };
  }

  #cutOffBy(error: unknown): never {
    this.#cutOff.suspect();
    throw error;
  }

  /** A file of which nothing could be read takes nobody's place. */
  async #finishReplace(batch: Batch, generation: bigint, counts: ReadCounts): Promise<void> {
    if (counts.nothingReadable) await this.#generations.abandon(generation, batch.dataset);
    else await this.#generations.show(generation, batch.dataset);
  }

  async #ensurePrices(events: string): Promise<string[]> {
    const names = await this.#engine.rows<{ provider: string; model: string }>(
      `SELECT DISTINCT provider, model FROM ${events} WHERE rejected = '' AND withdrawn = 0 AND model != ''`,
    );
    const unpriced = await this.#prices.ensure(names);
    return [...new Set(unpriced.map((name) => name.model))].sort();
  }

  /**
   * The best copy of each event of the batch, beside where the store has that event. `is_new`: not in
   * the store; `is_better`: to be written.
   */
  async #compare(batch: Batch, events: string, best: string, generation: bigint): Promise<void> {
    const payload = [...EVENT, 'withdrawn'];
    // A replace loads into a generation of its own, so events of the dataset's old one are new to
    // it; those of another dataset stay there.
    const places =
      batch.mode === 'replace'
        ? `generation NOT IN (SELECT generation FROM tallyd.generations FINAL WHERE state != 'live' OR dataset = ${sqlString(batch.dataset)})`
        : `generation NOT IN (SELECT generation FROM tallyd.generations FINAL WHERE state != 'live')`;
    const stays = batch.mode === 'replace' ? 'place_version > 0' : '0';
    await this.#engine.command(`
CREATE TABLE ${best} ENGINE = Memory AS
SELECT event_id, version, ${payload.join(', ')},
    ${contentHash('', 'withdrawn')} AS content,
    place_version > 0 AS is_known, place_ts, place_content,
    if(is_known, place_generation, toUInt64(${generation})) AS generation,
    NOT (${stays}) AND version > place_version AND (is_known OR NOT withdrawn) AS is_better
FROM
(
    -- a set of the best versions: gathering whole copies per event took eight times as long
    SELECT event_id, version, ${payload.join(', ')} FROM ${events}
    WHERE rejected = '' AND (event_id, version) IN (SELECT event_id, max(version) FROM ${events} WHERE rejected = '' GROUP BY event_id)
    LIMIT 1 BY event_id
) AS incoming
ANY LEFT JOIN
(
    SELECT event_id, argMax(generation, version) AS place_generation, max(version) AS place_version,
        argMax(ts, version) AS place_ts, argMax(content, version) AS place_content
    FROM tallyd.usage_event_places
    WHERE event_id IN (SELECT event_id FROM ${events} WHERE rejected = '') AND ${places}
    GROUP BY event_id
) AS place USING (event_id)`);
  }

  async #summary(best: string) {
    const [counts] = await this.#engine.rows<{
      better: number;
      accepted: number;
      revised: number;
      newest: number;
    }>(
      `SELECT countIf(is_better) AS better, countIf(NOT is_known AND NOT withdrawn) AS accepted, ` +
        `countIf(is_better AND is_known AND content != place_content) AS revised, ` +
        `toUnixTimestamp64Milli(max(ts)) AS newest FROM ${best}`,
    );
    return {
      better: Number(counts!.better),
      accepted: Number(counts!.accepted),
      revised: Number(counts!.revised),
      newest: Number(counts!.newest),
    };
  }

  async #writeEvents(best: string): Promise<void> {
    const columns = EVENT.join(', ');
    const changed = 'is_better AND (NOT is_known OR content != place_content)';
    const moved = 'is_known AND toStartOfHour(place_ts) != toStartOfHour(ts)';
    await this.#rollup.mark(
      `SELECT toDateTime(toStartOfHour(ts), 'UTC') AS hour FROM ${best} WHERE ${changed} ` +
        `UNION ALL SELECT toDateTime(toStartOfHour(place_ts), 'UTC') FROM ${best} WHERE ${changed} AND is_known`,
    );
    await this.#engine.command(
      `INSERT INTO tallyd.usage_events (${columns}, event_id, generation, version, is_deleted) ` +
        `SELECT ${columns}, event_id, generation, version, withdrawn FROM ${best} WHERE ${changed} ` +
        `UNION ALL SELECT ${columns.replace(/\bts\b/, 'place_ts')}, event_id, generation, version, 1 ` +
        `FROM ${best} WHERE ${changed} AND ${moved} ${LARGE_INSERT}`,
    );
    await this.#engine.command(
      `INSERT INTO tallyd.usage_event_places (event_id, generation, version, ts, content) ` +
        `SELECT event_id, generation, version, ts, content FROM ${best} WHERE is_better ${LARGE_INSERT}`,
    );
    this.#log.debug({ best }, 'events written');
  }
}
