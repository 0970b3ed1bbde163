/**
 * Puts right what a crash, or a store that failed, left between the events of a batch and their
 * places. Reading the batch again is not enough: its file may have grown, and then a better copy of
 * an event comes, for another hour. Where no place tells of the copy that was written, nobody takes it
 * away, and both count.
 *
 * The hours of a batch are marked before its events are written and done after all is, so only marked
 * hours are looked at.
 */
import type { Logger } from 'pino';
import { EVENT_COLUMNS } from './batch-table.ts';
import type { Engine } from './engine.ts';
import { contentHash, EVENT } from './event-content.ts';

const MARKED = '(SELECT hour FROM tallyd.stale_hours FINAL WHERE done = 0)';
const IN_MARKED_HOURS = `toDateTime(toStartOfHour(ts), 'UTC') IN ${MARKED}`;

export class CutOffWrites {
  readonly #engine: Engine;
  readonly #log: Logger;
  /** After a start there may be some. */
  #possible = true;

  constructor(engine: Engine, log: Logger) {
    this.#engine = engine;
    this.#log = log;
  }

  /** A batch failed while it was written. */
  suspect(): void {
    this.#possible = true;
  }

  /** Must come before marked hours are done, and before a batch is compared. Safe to repeat. */
  async mend(): Promise<void> {
    if (!this.#possible) return;
    const [row] = await this.#engine.rows<{ copies: number; strays: number }>(
      `SELECT countIf(event.version < top) AS copies, countIf(event.version > place.known) AS strays FROM ${COPIES}`,
    );
    const { copies, strays } = { copies: Number(row!.copies), strays: Number(row!.strays) };
    if (copies > 0) await this.#removeWorseCopies();
    if (strays > 0) await this.#addPlaces();
    if (copies + strays > 0)
      this.#log.info(
        { copies, strays },
        'a batch had been cut off while it was written; its events were put right',
      );
    this.#possible = false;
  }

  /** A copy that stood in another hour, of which the tombstone was not written. */
  async #removeWorseCopies(): Promise<void> {
    const columns = Object.keys(EVENT_COLUMNS).map((column) => `event.${column}`);
    await this.#engine.command(
      `INSERT INTO tallyd.usage_events (${EVENT.join(', ')}, event_id, generation, version, is_deleted) ` +
        `SELECT ${columns.join(', ')}, event.event_id, event.generation, top, 1 ` +
        `FROM ${COPIES} WHERE event.version < top SETTINGS max_partitions_per_insert_block = 0`,
    );
  }

  /** Events that no place tells of. */
  async #addPlaces(): Promise<void> {
    await this.#engine.command(
      `INSERT INTO tallyd.usage_event_places (event_id, generation, version, ts, content) ` +
        `SELECT event.event_id, event.generation, event.version, event.ts, ${contentHash('event.', 'toUInt8(0)')} ` +
        `FROM ${COPIES} WHERE event.version = top AND event.version > place.known`,
    );
  }
}

/** The events of marked hours, with the best copy's version and the one that the place knows. */
const COPIES =
  `(SELECT * FROM tallyd.usage_events FINAL WHERE ${IN_MARKED_HOURS}) AS event ` +
  `INNER JOIN (SELECT event_id, generation, max(version) AS top FROM tallyd.usage_events FINAL ` +
  `WHERE ${IN_MARKED_HOURS} GROUP BY event_id, generation) AS best ` +
  `ON event.event_id = best.event_id AND event.generation = best.generation ` +
  `LEFT JOIN (SELECT event_id, generation, max(version) AS known FROM tallyd.usage_event_places ` +
  `WHERE event_id IN (SELECT event_id FROM tallyd.usage_events WHERE ${IN_MARKED_HOURS}) GROUP BY event_id, generation) AS place ` +
  `ON event.event_id = place.event_id AND event.generation = place.generation`;
