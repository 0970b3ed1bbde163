/** What a remote compaction of Codex used counts once, also where a fork replays it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codex } from '../collector/formats/codex/recognise.ts';
import type { Store } from '../collector/store/store.ts';
import { readInPlace, writeCorpus } from './support/corpus.ts';
import { openTestStore, temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('codex-compaction');
const fixture = join(
  import.meta.dirname,
  '../collector/formats/codex/fixtures/rollout-remote-compaction.jsonl',
);
let store: Store;
beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

/** The whole lines of the parent, without the record that cannot be read. */
const parent = readFileSync(fixture, 'utf8').split('\n').slice(0, 9);
const CHILD = '0199aaaa-0000-7000-8000-00000000f04c';

/** A fork an hour later: its own header, the parent's lines written at once, and a request of its own. */
function fork(parentId: string): string[] {
  const at = (seconds: number) => new Date(Date.UTC(2026, 2, 5, 10, 0, seconds)).toISOString();
  const usage = { input_tokens: 700, cached_input_tokens: 0, output_tokens: 70, total_tokens: 770 };
  const header = { id: CHILD, forked_from_id: parentId, cwd: '/home/ada/shop', model_provider: 'openai' };
  const replayed = parent.map((line) => ({ ...(JSON.parse(line) as object), timestamp: at(0) }));
  const info = { last_token_usage: usage };
  return [
    { timestamp: at(0), type: 'session_meta', payload: header },
    ...replayed,
    { timestamp: at(30), type: 'event_msg', payload: { type: 'token_count', info } },
  ].map((line) => JSON.stringify(line));
}

describe('a remote compaction', () => {
  it.each([
    ['the parent first', ['parent.jsonl', 'fork.jsonl']],
    ['the fork first', ['fork.jsonl', 'parent.jsonl']],
  ])('counts for the thread that asked for it, %s', async (title, order) => {
    for (const table of ['usage_events', 'usage_event_places', 'thread_turns'])
      await store.command(`TRUNCATE TABLE tallyd.${table}`);
    const { payload } = JSON.parse(parent[0]!) as { payload: { id: string } };
    const lines = { 'parent.jsonl': parent, 'fork.jsonl': fork(payload.id) };
    for (const name of order as (keyof typeof lines)[]) {
      const file = { path: name, content: lines[name].map((line) => `${line}\n`).join('') };
      await readInPlace(store, codex, writeCorpus(join(folder.path, title), [file]));
    }
    expect(
      await store.rows(
        `SELECT session_id AS thread, sum(total_tokens) AS tokens, countIf(tags['compaction'] = 'true') AS compactions ` +
          `FROM tallyd.usage GROUP BY thread ORDER BY tokens DESC`,
      ),
    ).toEqual([
      { thread: payload.id, tokens: 6300 + 91_200 + 3100, compactions: 1 },
      { thread: CHILD, tokens: 770, compactions: 0 },
    ]);
  });
});
