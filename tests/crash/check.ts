/** Compares what a collector has stored with what was written and sent. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Agents } from './agents.ts';
import type { Collector } from './collector.ts';
import { compare, type Differences, type ExpectedEvent, STORED_EVENTS, storedKey } from './truth.ts';
import type { Uploads } from './uploads.ts';

export interface Found {
  written: number;
  stored: number;
  lost: string[];
  doubled: string[];
  rejected: Differences;
  /** Uploads that were acknowledged, and those of them that are done with the right counts. */
  acknowledged: number;
  finished: number;
  /** What else is not as it must be, as sentences. */
  wrong: string[];
}

const HOURLY =
  'events, requests, input_tokens, cache_write_5m_tokens, cache_write_1h_tokens, cache_read_tokens, output_tokens, reasoning_tokens, unclassified_tokens, total_tokens';
const KEYS = 'source, dataset, provider, model, user, project, status';

/** Hours in which the sums and the events differ. */
const ROLLUP_DIFFERENCES = `SELECT hour, ${KEYS}, ${sums('sum(toInt64($))')}, sum(cost) AS d_cost FROM (
  SELECT toDateTime(hour, 'UTC') AS hour, ${KEYS}, ${sums('toInt64($)')}, toDecimal64(cost_usd, 9) AS cost FROM tallyd.usage_hourly
  UNION ALL
  SELECT toDateTime(toStartOfHour(ts), 'UTC') AS hour, ${KEYS}, -1, -toInt64(requests), ${sums('-toInt64($)', 2)}, -toDecimal64(cost_usd, 9) FROM tallyd.usage
) GROUP BY hour, ${KEYS} HAVING ${sums('$ != 0', 0, ' OR ')} OR d_cost != 0 LIMIT 5`;

function sums(template: string, from = 0, separator = ', '): string {
  const isCondition = separator !== ', ';
  return HOURLY.split(', ')
    .slice(from)
    .map((name) => {
      const column = template.startsWith('sum(') || isCondition ? `d_${name}` : name;
      return isCondition ? template.replace('$', column) : `${template.replace('$', column)} AS d_${name}`;
    })
    .join(separator);
}

/** Conditions on the tables behind the views: each counts what must not be there. */
const MUST_BE_NONE: [what: string, sql: string][] = [
  [
    'events stand twice in their generation (a tombstone is missing)',
    'SELECT count() AS n FROM (SELECT event_id, generation FROM tallyd.usage_events FINAL GROUP BY event_id, generation HAVING count() > 1)',
  ],
  [
    'events do not stand where their place says',
    'SELECT count() AS n FROM (SELECT event_id, generation, ts, version FROM tallyd.usage_events FINAL) AS event ' +
      'LEFT JOIN (SELECT event_id, generation, ts, version FROM tallyd.usage_event_places FINAL) AS place ' +
      'ON event.event_id = place.event_id AND event.generation = place.generation WHERE event.ts != place.ts',
  ],
  ['hours are still to be computed', 'SELECT count() AS n FROM tallyd.stale_hours FINAL WHERE done = 0'],
  [
    'generations are half loaded',
    "SELECT count() AS n FROM tallyd.generations FINAL WHERE state = 'loading'",
  ],
  ['uploads are not finished', 'SELECT count() AS n FROM tallyd.uploads WHERE finished_at IS NULL'],
  ['uploads failed', "SELECT count() AS n FROM tallyd.uploads WHERE status = 'failed'"],
];

export async function check(collector: Collector, agents: Agents, uploads: Uploads): Promise<Found> {
  const rows = await collector.rows<Record<keyof ExpectedEvent, string | number>>(STORED_EVENTS);
  const expected = [...agents.events, ...uploads.events, ...uploads.replaced.events];
  const { lost, surplus } = compare(expected, rows.map(storedKey));
  const wrong: string[] = [...uploads.strange, ...uploads.replaced.strange];
  for (const [what, sql] of MUST_BE_NONE) {
    const [row] = await collector.rows<{ n: number }>(sql);
    if (Number(row!.n) > 0) wrong.push(`${row!.n} ${what}`);
  }
  for (const row of await collector.rows<object>(ROLLUP_DIFFERENCES))
    wrong.push(`an hour's sums differ from its events by ${JSON.stringify(row)}`);
  const ended = await checkUploads(collector, uploads);
  return {
    ...{ written: expected.length, stored: rows.length, lost, doubled: surplus },
    rejected: compare(agents.rejected, await rejectedOfAgents(collector)),
    acknowledged: uploads.acknowledged.length,
    finished: ended.finished,
    wrong: [...wrong, ...ended.wrong],
  };
}

async function rejectedOfAgents(collector: Collector): Promise<string[]> {
  const rows = await collector.rows<{ source: string; path: string; record: number }>(
    "SELECT source, path, toUInt32(record) AS record FROM tallyd.rejected_records FINAL WHERE upload_id = ''",
  );
  return rows.map(({ source, path, record }) =>
    source === 'gemini-cli' ? source : `${source} ${path} ${record}`,
  );
}

async function checkUploads(
  collector: Collector,
  uploads: Uploads,
): Promise<{ finished: number; wrong: string[] }> {
  const rows = await collector.rows<{ id: string; status: string; rows_read: number; rows_rejected: number }>(
    'SELECT id, status, toUInt32(rows_read) AS rows_read, toUInt32(rows_rejected) AS rows_rejected FROM tallyd.uploads',
  );
  const rejected = await collector.rows<{ id: string; records: number[] }>(
    "SELECT upload_id AS id, arraySort(groupArray(toUInt32(record))) AS records FROM tallyd.rejected_records FINAL WHERE upload_id != '' GROUP BY id",
  );
  const reports = new Map(rows.map((row) => [row.id, row]));
  const rejectedOf = new Map(rejected.map(({ id, records }) => [id, records]));
  const wrong: string[] = [];
  let finished = 0;
  for (const { id, read, rejected: numbers } of uploads.acknowledged) {
    const report = reports.get(id);
    const records = rejectedOf.get(id) ?? [];
    if (
      report?.status === 'done' &&
      report.rows_read === read &&
      JSON.stringify(records) === JSON.stringify(numbers)
    )
      finished++;
    else
      wrong.push(
        `upload ${id} was acknowledged with ${read} records, those of numbers [${numbers.join()}] broken, ` +
          `and is ${JSON.stringify(report)}, rejected [${records.join()}]`,
      );
  }
  for (const id of rejectedOf.keys())
    if (!reports.has(id)) wrong.push(`records of an upload that is not known were rejected: ${id}`);
  return { finished, wrong };
}

interface Remembered {
  path: string;
  goneAt?: number;
  position: { offset: number };
}

/** After a stop in order: every file is stored up to its last whole record. @returns sentences */
export function checkPositions(dataDir: string, agents: Agents): string[] {
  const text = readFileSync(join(dataDir, 'positions.json'), 'utf8');
  const { files } = JSON.parse(text) as { files: Remembered[] };
  // one that another took the place of is remembered as gone
  const here = new Map(files.filter(({ goneAt }) => goneAt === undefined).map((file) => [file.path, file]));
  const wrong: string[] = [];
  for (const path of agents.paths) {
    const bytes = readFileSync(path);
    const expected = path.endsWith('.jsonl') ? bytes.lastIndexOf(10) + 1 : bytes.length;
    const offset = here.get(path)?.position.offset;
    if (offset !== expected)
      wrong.push(`the position of ${path} is ${offset ?? 'not there'}, of ${expected} bytes`);
  }
  return wrong;
}

export function isRight({ lost, doubled, rejected, wrong }: Found): boolean {
  return lost.length + doubled.length + rejected.lost.length + rejected.surplus.length + wrong.length === 0;
}
