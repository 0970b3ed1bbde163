/** The fast reading of a line is the reading of it. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeCorpus } from '../../../tests/support/corpus.ts';
import { openTestStore, temporaryFolder } from '../../../tests/support/store.ts';
import { generateClaudeCode } from '../../demo/claude-code.ts';
import { GARBAGE } from '../../demo/jsonl.ts';
import { columnTypes, placeholders } from '../../store/batch-table.ts';
import { fillTemplate, sqlString, sqlStrings } from '../../store/sql.ts';
import type { Store } from '../../store/store.ts';
import { claudeCode } from './recognise.ts';

const folder = temporaryFolder('read-fast');
const span = { from: Date.UTC(2025, 10, 20), until: Date.UTC(2026, 1, 3) };
let store: Store;

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
  const corpus = generateClaudeCode({ seed: 'fast', sessions: 60, ...span, hazards: true });
  writeCorpus(join(folder.path, 'logs'), corpus.files());
  await store.command(
    `CREATE TABLE tallyd.test_lines ENGINE = Memory AS ` +
      `SELECT toString(_path) AS path, toUInt64(assumeNotNull(_row_number)) + 1 AS record, line ` +
      `FROM file('${folder.path}/logs/**/*.jsonl', 'LineAsString', 'line String') WHERE line NOT IN ('', '\\r') AND ${claudeCode.lineFilter!}`,
  );
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

function reading(sql: string): string {
  return fillTemplate(sql, { ...placeholders({ arrivedAt: 1 }), records: 'tallyd.test_lines' });
}

it('gives for an ordinary line what read.sql gives, and every other line back', async () => {
  const fast = reading(claudeCode.readFastSql!);
  const slow = reading(claudeCode.readSql);
  const described = await store.rows<{ name: string }>(`DESCRIBE TABLE (${fast})`);
  const columns = described
    .map(({ name }) => name)
    .filter((name) => name !== 'again')
    .map((name) => `toString(CAST(${name}, ${sqlString(columnTypes()[name]!)})) AS ${name}_text`)
    .join(', ');
  const [counts] = await store.rows<Record<'ordinary' | 'others' | 'different' | 'read', number>>(
    `WITH good AS (SELECT path, record FROM (${fast}) WHERE again = '') SELECT ` +
      `(SELECT count() FROM good) AS ordinary, ` +
      `(SELECT count() FROM tallyd.test_lines) - ordinary AS others, ` +
      `(SELECT count() FROM (SELECT ${columns} FROM (${fast}) WHERE again = '' EXCEPT SELECT ${columns} FROM (${slow}) WHERE rejected = '')) AS different, ` +
      `(SELECT count() FROM (${slow}) WHERE (path, record) IN good) AS read`,
  );
  expect(Number(counts!.ordinary)).toBeGreaterThan(500);
  expect(Number(counts!.others)).toBeGreaterThan(50);
  expect(Number(counts!.different)).toBe(0);
  expect(counts!.read).toBe(counts!.ordinary);
});

it('gives a line that it does not read for certain back as it stands', async () => {
  const [lost] = await store.rows<{ lines: number }>(
    `SELECT count() AS lines FROM tallyd.test_lines WHERE (path, record, line) NOT IN ` +
      `(SELECT path, record, again FROM (${reading(claudeCode.readFastSql!)}) WHERE again != '') ` +
      `AND (path, record) NOT IN (SELECT path, record FROM (${reading(claudeCode.readFastSql!)}) WHERE again = '')`,
  );
  expect(Number(lost!.lines)).toBe(0);
});

it('judges every line that is no JSON, also one that begins and ends as an object does', async () => {
  const [passed] = await store.rows<{ lines: number }>(
    `SELECT count() AS lines FROM (SELECT arrayJoin(${sqlStrings(GARBAGE)}) AS line) WHERE NOT ${claudeCode.lineFilter!}`,
  );
  expect(Number(passed!.lines)).toBe(0);
});
