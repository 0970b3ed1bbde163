/**
 * What a batch of usage as it happens adds to the counters: the sums of its events after the batch
 * less those before it, so that a streamed response counts what its last part added. History that
 * is read late (a first run, a restart after a pause) stays out.
 */
import type { Engine } from './engine.ts';
import type { UsageDelta } from './types.ts';

/** Older events are history. */
const LIVE_MINUTES = 15;

type Sums = Omit<UsageDelta, 'source' | 'provider' | 'model' | 'status'>;

export class LiveUsage {
  readonly #engine: Engine;
  readonly #ids: string;
  readonly #since: number;
  readonly #before: Map<string, UsageDelta>;

  private constructor(engine: Engine, ids: string, since: number, before: Map<string, UsageDelta>) {
    this.#engine = engine;
    this.#ids = ids;
    this.#since = since;
    this.#before = before;
  }

  /** Sums the events of the batch as the store has them; undefined when none of them is live. */
  static async before(engine: Engine, best: string): Promise<LiveUsage | undefined> {
    const since = Math.floor(Date.now() / 1000) - LIVE_MINUTES * 60;
    const live = `is_better AND (ts >= toDateTime(${since}) OR (is_known AND place_ts >= toDateTime(${since})))`;
    const ids = `(SELECT event_id FROM ${best} WHERE ${live})`;
    const [row] = await engine.rows<{ events: number; known: number }>(
      `SELECT countIf(${live}) AS events, countIf(${live} AND is_known) AS known FROM ${best}`,
    );
    if (Number(row!.events) === 0) return undefined;
    // of new events there is nothing to sum up, and planning to do it takes 40 ms
    const before = Number(row!.known) > 0 ? await sums(engine, ids, since) : new Map<string, UsageDelta>();
    return new LiveUsage(engine, ids, since, before);
  }

  async after(): Promise<UsageDelta[]> {
    const now = await sums(this.#engine, this.#ids, this.#since);
    const deltas: UsageDelta[] = [];
    for (const key of new Set([...now.keys(), ...this.#before.keys()])) {
      const delta = subtract(now.get(key), this.#before.get(key));
      if (NUMBERS.some((name) => delta[name] !== 0)) deltas.push(delta);
    }
    return deltas;
  }
}

const NUMBERS = [
  'requests',
  'input',
  'cacheWrite5m',
  'cacheWrite1h',
  'cacheRead',
  'output',
  'reasoning',
  'unclassified',
  'costUsd',
] as const satisfies (keyof Sums)[];

function subtract(now: UsageDelta | undefined, before: UsageDelta | undefined): UsageDelta {
  const labels = (now ?? before)!;
  const delta: UsageDelta = { ...labels };
  for (const name of NUMBERS) delta[name] = (now?.[name] ?? 0) - (before?.[name] ?? 0);
  // decimals of nine digits, so that 0.3 - 0.1 leaves no dust
  delta.costUsd = Math.round(delta.costUsd * 1e9) / 1e9;
  return delta;
}

async function sums(engine: Engine, ids: string, since: number): Promise<Map<string, UsageDelta>> {
  const rows = await engine.rows<UsageDelta>(
    `SELECT source, provider, model, status, sum(requests) AS requests, sum(input_tokens) AS input, ` +
      `sum(cache_write_5m_tokens) AS cacheWrite5m, sum(cache_write_1h_tokens) AS cacheWrite1h, ` +
      `sum(cache_read_tokens) AS cacheRead, sum(output_tokens) AS output, sum(reasoning_tokens) AS reasoning, ` +
      `sum(unclassified_tokens) AS unclassified, toFloat64(sum(cost_usd)) AS costUsd ` +
      `FROM tallyd.usage WHERE ts >= toDateTime(${since}) AND event_id IN ${ids} ` +
      `GROUP BY source, provider, model, status`,
  );
  return new Map(
    rows.map((row) => {
      const numbers = Object.fromEntries(NUMBERS.map((name) => [name, Number(row[name])]));
      return [`${row.source}\0${row.provider}\0${row.model}\0${row.status}`, { ...row, ...numbers }];
    }),
  );
}
