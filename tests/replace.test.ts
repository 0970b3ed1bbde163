/** A replace is seen whole or not at all, by the store's readers and through the read endpoint. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claudeCode } from '../collector/formats/claude-code/recognise.ts';
import { createReadEndpoint } from '../collector/store/read-endpoint/endpoint.ts';
import type { Store } from '../collector/store/store.ts';
import { openTestStore, quiet, temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('replace');
let store: Store;
let url: string;
let close: () => Promise<void>;

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
  const endpoint = createReadEndpoint({ engine: store.embedded!, log: quiet });
  const listening = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${listening.address.port}/`;
  close = listening.close;
});
afterAll(async () => {
  await close();
  await store.close();
  folder.remove();
});

/** The two contents that take turns: other ids, other tokens, other hours and months. */
const STATES = [
  { name: 'a', rows: 1500, output: 3, from: Date.UTC(2026, 0, 31, 20) },
  { name: 'b', rows: 900, output: 7, from: Date.UTC(2026, 1, 10, 1) },
];

function contentOf({ name, rows, output, from }: (typeof STATES)[number]): string {
  let text = '';
  for (let i = 0; i < rows; i++) {
    const timestamp = new Date(from + i * 20_000).toISOString();
    const usage = { input_tokens: 1, output_tokens: output };
    const message = { id: `msg_${name}${i}`, model: 'claude-sonnet-4-5', usage };
    text += `${JSON.stringify({ type: 'assistant', sessionId: name, timestamp, cwd: '/w', message })}\n`;
  }
  return text;
}

async function replaceWith(state: (typeof STATES)[number]): Promise<void> {
  const path = join(folder.path, `${state.name}.jsonl`);
  const content = contentOf(state);
  writeFileSync(path, content);
  await store.write({
    format: claudeCode,
    dataset: 'x',
    input: { kind: 'files', files: [{ path, size: content.length }] },
    uploadId: '',
    arrivedAt: Date.now(),
    mode: 'replace',
    live: false,
  });
}

const OF_EVENTS =
  "SELECT count(), sum(output_tokens), min(output_tokens), max(output_tokens), uniqExact(session_id) FROM tallyd.usage WHERE dataset = 'x'";
const OF_HOURS =
  "SELECT sum(events), sum(output_tokens), min(intDiv(output_tokens, events)), max(intDiv(output_tokens, events)), uniqExact(toMonth(hour)) FROM tallyd.usage_hourly WHERE dataset = 'x'";
/** Both at once, with the same answer when they agree. */
const OF_BOTH = `SELECT * FROM (${OF_EVENTS}) AS events, (${OF_HOURS}) AS hours`;

type Question = () => Promise<string>;
const throughStore =
  (sql: string): Question =>
  async () =>
    Object.values((await store.rows<Record<string, unknown>>(sql))[0]!).join('\t');
const throughEndpoint =
  (sql: string): Question =>
  async () => {
    const response = await fetch(url, { method: 'POST', body: sql });
    return (await response.text()).trim();
  };

describe('replacing a dataset again and again', () => {
  it('never shows half of it to a reader', { timeout: 300_000 }, async () => {
    const questions = [
      throughStore(OF_EVENTS),
      throughStore(OF_BOTH),
      throughEndpoint(OF_HOURS),
      throughEndpoint(OF_BOTH),
    ];
    const expected: Set<string>[] = questions.map(() => new Set());
    for (const state of STATES) {
      await replaceWith(state);
      for (const [i, question] of questions.entries()) expected[i]!.add(await question());
    }
    expect([...expected[0]!]).toEqual(['1500\t4500\t3\t3\t1', '900\t6300\t7\t7\t1']);

    const strange: string[] = [];
    const seen = questions.map(() => new Map<string, number>());
    let replacing = true;
    const readers = questions.map(async (question, i) => {
      while (replacing) {
        const answer = await question();
        if (!expected[i]!.has(answer)) strange.push(`reader ${i}: ${answer}`);
        seen[i]!.set(answer, (seen[i]!.get(answer) ?? 0) + 1);
      }
    });
    for (let i = 0; i < 6; i++) {
      await replaceWith(STATES[i % 2]!);
      if (i % 3 === 2) await store.sweep();
    }
    replacing = false;
    await Promise.all(readers);

    expect(strange).toEqual([]);
    for (const answers of seen) expect(answers.size).toBe(2);
  });
});
