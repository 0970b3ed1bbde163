/** Agents' logs as generated with every hazard, in every way they reach the store, against the truth. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CLAUDE_HAZARDS,
  type ClaudeEvent,
  generateClaudeCode,
  perDayModel,
} from '../collector/demo/claude-code.ts';
import { type CodexEvent, generateCodex } from '../collector/demo/codex.ts';
import { Prng } from '../collector/demo/prng.ts';
import { interleavedGrowth } from '../collector/demo/shuffle.ts';
import { claudeCode } from '../collector/formats/claude-code/recognise.ts';
import { codex } from '../collector/formats/codex/recognise.ts';
import type { Store } from '../collector/store/store.ts';
import { readAsItGrows, readInPlace, writeCorpus } from './support/corpus.ts';
import { openTestStore, temporaryFolder } from './support/store.ts';

const FROM = Date.UTC(2026, 0, 20);
const UNTIL = Date.UTC(2026, 2, 10);
/** Sessions where every file is a batch of its own, which costs the same however little is in it. */
const FEW = 5;
const folder = temporaryFolder('agents');
let store: Store;
let corpus = 0;

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

/** An empty store for the next corpus. */
async function empty(): Promise<string> {
  for (const table of [
    'usage_events',
    'usage_event_places',
    'usage_hourly_rows',
    'rejected_records',
    'thread_turns',
    'stale_hours',
  ]) {
    await store.command(`TRUNCATE TABLE tallyd.${table}`);
  }
  const path = join(folder.path, `corpus-${corpus++}`);
  mkdirSync(path);
  return path;
}

interface Row {
  ts: number;
  session_id: string;
  model: string;
  project: string;
  status: string;
  tokens: number[];
}

/** Events of the store, in an order that does not depend on how they came. */
async function stored(): Promise<string[]> {
  const rows = await store.rows<Row>(
    `SELECT toUnixTimestamp64Milli(ts) AS ts, session_id, model, project, status, ` +
      `[input_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, output_tokens, reasoning_tokens] AS tokens FROM tallyd.usage`,
  );
  return rows
    .map((row) =>
      JSON.stringify([Number(row.ts), row.model, row.project, row.status, row.tokens.map(Number)]),
    )
    .sort();
}

function expected(events: readonly (ClaudeEvent | CodexEvent)[]): string[] {
  return events
    .map((event) =>
      JSON.stringify([
        event.ts,
        event.model,
        event.project,
        event.status,
        [
          event.input,
          event.cacheWrite5m,
          event.cacheWrite1h,
          event.cacheRead,
          event.output,
          'reasoning' in event ? event.reasoning : 0,
        ],
      ]),
    )
    .sort();
}

describe('Claude Code transcripts', () => {
  const generated = (
    seed: string,
    hazards: Parameters<typeof generateClaudeCode>[0]['hazards'] = true,
    sessions = 12,
  ) => generateClaudeCode({ seed, sessions, from: FROM, until: UNTIL, hazards });

  it.each(['a', 'b', 'c'])('give exactly the true events in any file order (seed %s)', async (seed) => {
    const corpus = generated(seed);
    const paths = writeCorpus(await empty(), corpus.files());
    await readInPlace(store, claudeCode, new Prng(seed).shuffled(paths));
    expect(await stored()).toEqual(expected(corpus.truth.events));
  });

  it.each([...CLAUDE_HAZARDS])('give exactly the true events when their hazard is %s', async (hazard) => {
    const corpus = generated(`only ${hazard}`, { [hazard]: true });
    const paths = writeCorpus(await empty(), corpus.files());
    await readInPlace(store, claudeCode, paths);
    expect(await stored()).toEqual(expected(corpus.truth.events));
  });

  it('give the same events file by file, one batch each, and again', async () => {
    const corpus = generated('one by one', true, FEW);
    const paths = new Prng('order').shuffled(writeCorpus(await empty(), corpus.files()));
    for (const path of paths) await readInPlace(store, claudeCode, [path]);
    expect(await stored()).toEqual(expected(corpus.truth.events));
    const again = await readInPlace(store, claudeCode, paths);
    expect(again.rows).toMatchObject({ accepted: 0, revised: 0 });
  });

  it.each([1, 2])('give the same events cut at any byte and read as they grow (seed %i)', async (seed) => {
    const corpus = generated(`growth ${seed}`);
    const prng = new Prng(`cuts ${seed}`);
    const steps = interleavedGrowth(prng, [...corpus.files()], 3);
    await readAsItGrows(store, claudeCode, steps, { spool: await empty(), together: 40 });
    expect(await stored()).toEqual(expected(corpus.truth.events));
  });

  it('reject exactly the malformed lines, with their line numbers, and once', async () => {
    const corpus = generated('malformed');
    const base = await empty();
    const paths = writeCorpus(base, corpus.files());
    const report = await readInPlace(store, claudeCode, paths);
    await readInPlace(store, claudeCode, paths);
    const rejected = await store.rows<{ path: string; line: number }>(
      'SELECT path, line FROM tallyd.rejected_records FINAL',
    );
    const places = rejected.map(({ path, line }) => `${path.slice(base.length + 1)}:${line}`).sort();
    expect(places).toEqual(corpus.truth.malformed.map(({ path, line }) => `${path}:${line}`).sort());
    expect(report.rows.rejected).toBe(corpus.truth.malformed.length);
  });

  it('give the truth per day and model in a time zone', async () => {
    const corpus = generated('days');
    await readInPlace(store, claudeCode, writeCorpus(await empty(), corpus.files()));
    const rows = await store.rows<{ day: string; model: string; total: number }>(
      `SELECT toString(toDate(ts, 'Europe/Berlin')) AS day, model, sum(total_tokens) AS total FROM tallyd.usage GROUP BY day, model HAVING total > 0 ORDER BY day, model`,
    );
    const truth = perDayModel(corpus.truth, 'Europe/Berlin')
      .map((row) => ({
        day: row.day,
        model: row.model,
        total: row.input + row.cacheWrite5m + row.cacheWrite1h + row.cacheRead + row.output,
      }))
      .filter((row) => row.total > 0)
      .sort((a, b) => (a.day + a.model < b.day + b.model ? -1 : 1));
    expect(rows.map((row) => ({ ...row, total: Number(row.total) }))).toEqual(truth);
  });
});

describe('Codex rollouts', () => {
  const generated = (seed: string, sessions = 12) =>
    generateCodex({ seed, sessions, from: FROM, until: UNTIL, hazards: true });

  it.each(['a', 'b', 'c'])('give exactly the true events in any file order (seed %s)', async (seed) => {
    const corpus = generated(seed);
    const paths = writeCorpus(await empty(), corpus.files());
    await readInPlace(store, codex, new Prng(seed).shuffled(paths));
    expect(await stored()).toEqual(expected(corpus.truth.events));
  });

  it.each(['a', 'b'])(
    'give the same events one file after another in any order, and again (seed %s)',
    async (seed) => {
      const corpus = generated(`order ${seed}`, FEW);
      const paths = new Prng(seed).shuffled(writeCorpus(await empty(), corpus.files()));
      for (const path of paths) await readInPlace(store, codex, [path]);
      expect(await stored()).toEqual(expected(corpus.truth.events));
      const again = await readInPlace(store, codex, paths);
      expect(again.rows).toMatchObject({ accepted: 0, revised: 0 });
    },
  );

  it('give the same events when files are read again and again while they grow', async () => {
    const corpus = generated('growing', FEW);
    const base = await empty();
    const grown = new Map<string, Buffer>();
    for (const { path, bytes } of interleavedGrowth(new Prng('cuts'), [...corpus.files()], 2)) {
      grown.set(path, Buffer.concat([grown.get(path) ?? Buffer.alloc(0), bytes]));
      const paths = writeCorpus(base, [{ path, content: grown.get(path)!.toString('utf8') }]);
      await readInPlace(store, codex, paths);
    }
    expect(await stored()).toEqual(expected(corpus.truth.events));
  });
});
