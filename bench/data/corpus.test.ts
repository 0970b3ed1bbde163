/** What generated logs and exports add up to is what tallyd stores of them, and what the engine alone does. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claudeCode } from '../../collector/formats/claude-code/recognise.ts';
import { cursorCsv } from '../../collector/formats/cursor-csv/recognise.ts';
import type { Store } from '../../collector/store/store.ts';
import { batchOf, readInPlace } from '../../tests/support/corpus.ts';
import { openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import { readClaudeCode } from '../engine/claude-code.ts';
import { readCursorCsv } from '../engine/cursor-csv.ts';
import { createEvents, dailySums } from '../engine/events-table.ts';
import type { Session } from '../engine/session.ts';
import { filesBelow } from '../first-read.ts';
import { claudeCodeCorpus, type Corpus, cursorCsvCorpus, type CsvCorpus } from './corpus.ts';
import { addTo, type DayModelSums, mustBe, ofDailyReport, WrongTotals } from './day-model-sums.ts';

const folder = temporaryFolder('bench-corpus');
const said: string[] = [];
const say = (text: string): void => void said.push(text);
let store: Store;
let logs: Corpus;
let csv: CsvCorpus;

beforeAll(async () => {
  logs = await claudeCodeCorpus(folder.path, { seed: 'test', entries: 3000 }, say);
  csv = await cursorCsvCorpus(folder.path, { seed: 'test', rows: 500 }, say);
  store = await openTestStore(`${folder.path}/store`);
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

async function stored(source: string): Promise<DayModelSums> {
  const rows = await store.rows<Record<'day' | 'model' | 'i' | 'w' | 'r' | 'o', string>>(
    'SELECT toString(toDate(ts)) AS day, model, sum(input_tokens) AS i, sum(cache_write_5m_tokens + cache_write_1h_tokens) AS w, ' +
      `sum(cache_read_tokens) AS r, sum(output_tokens) AS o FROM tallyd.usage WHERE source = '${source}' GROUP BY day, model`,
  );
  const sums: DayModelSums = {};
  for (const { day, model, i, w, r, o } of rows)
    addTo(sums, day, model, { input: +i, cacheWrite: +w, cacheRead: +r, output: +o });
  return sums;
}

/** The engine of the store, as if it were alone. */
async function alone(read: (session: Session) => Promise<void>): Promise<DayModelSums> {
  const session: Session = {
    run: (sql) => store.command(sql),
    rows: (sql) => store.rows(sql),
    close: () => Promise.resolve(),
  };
  await createEvents(session);
  await read(session);
  const sums = await dailySums(session);
  await store.command('DROP DATABASE bench SYNC');
  return sums;
}

describe("generated agents' logs", () => {
  it('are stored to the token, and rejected nowhere', async () => {
    const report = await readInPlace(store, claudeCode, filesBelow(`${logs.home}/projects`));
    expect(report.rows).toMatchObject({ accepted: logs.events, rejected: 0 });
    mustBe(logs.truth, await stored('claude-code'), 'tallyd');
  });

  it('are read to the token by the engine alone', async () => {
    mustBe(logs.truth, await alone((session) => readClaudeCode(session, logs.home)), 'the engine alone');
  });

  it('hold what costs readers time: streamed responses, copies, side chains, sub-agents', () => {
    const files = filesBelow(`${logs.home}/projects`);
    const text = files.map((file) => readFileSync(file, 'utf8')).join('');
    expect(logs.usageEntries).toBeGreaterThan(logs.events * 1.3);
    expect(text).toContain('"isSidechain":true');
    expect(text).toContain('\\"usage\\":{');
    expect(files.some((file) => file.includes('/subagents/'))).toBe(true);
    const ids = [...text.matchAll(/"sessionId":"([^"]+)".*?"message":\{"id":"(msg_\w+)"/g)];
    const sessions = new Map(ids.map(([, session, id]) => [id, session]));
    expect(ids.some(([, session, id]) => sessions.get(id) !== session)).toBe(true);
  });

  it('have the size that is told, half of it lines with usage', () => {
    const bytes = filesBelow(`${logs.home}/projects`).reduce(
      (sum, file) => sum + readFileSync(file).length,
      0,
    );
    expect(bytes).toBe(logs.bytes);
    expect(logs.usageEntries / logs.entries).toBeCloseTo(0.5, 1);
    expect(logs.bytes / logs.entries / 1720).toBeCloseTo(1, 0);
  });

  it('are generated once', async () => {
    const before = said.length;
    expect(await claudeCodeCorpus(folder.path, { seed: 'test', entries: 3000 }, say)).toEqual(logs);
    expect(said.length).toBe(before);
  });
});

describe('a generated export of Cursor', () => {
  it('is stored to the token', async () => {
    const [first] = readFileSync(csv.plain, 'utf8').split('\n');
    const header = { delimiter: ',' as const, columns: first!.split(','), headerLines: 1 };
    const input = { kind: 'table' as const, path: csv.plain, origin: 'usage.csv', header };
    const report = await store.write(batchOf(cursorCsv, input));
    expect(report.rows).toMatchObject({ accepted: 500, rejected: 0 });
    mustBe(csv.truth, await stored('cursor-csv'), 'tallyd');
  });

  it.each(['plain', 'gzip'] as const)('is read to the token by the engine alone, %s', async (kind) => {
    mustBe(csv.truth, await alone((session) => readCursorCsv(session, csv[kind])), 'the engine alone');
  });
});

describe('mustBe', () => {
  const truth = { '2026-01-01 opus': { input: 1, cacheWrite: 2, cacheRead: 3, output: 4 } };

  it('names what differs, on either side', () => {
    const found = { '2026-01-02 opus': { input: 1, cacheWrite: 2, cacheRead: 3, output: 5 } };
    expect(() => mustBe(truth, found, 'somebody')).toThrow(WrongTotals);
    expect(() => mustBe(truth, found, 'somebody')).toThrow(
      /somebody .*\n {2}2026-01-01 opus: nothing instead of 1 in, 2 .*\n {2}2026-01-02 opus: 1 in, .* 5 out instead of nothing/,
    );
  });

  it('takes a daily report in JSON', () => {
    const model = {
      modelName: 'opus',
      inputTokens: 1,
      cacheCreationTokens: 2,
      cacheReadTokens: 3,
      outputTokens: 4,
    };
    const report = { daily: [{ date: '2026-01-01', modelBreakdowns: [model] }] };
    mustBe(truth, ofDailyReport(JSON.stringify(report)), 'somebody');
  });
});
