/** Cursor's exports held against a generator that knows what they must add up to. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CURSOR_VARIANTS,
  type CursorExport,
  type CursorOptions,
  type CursorTruth,
  generateCursorCsv,
  mergedTruth,
  reviseExport,
  writeExport,
} from '../collector/demo/cursor-csv.ts';
import { builtInFormats } from '../collector/formats/index.ts';
import type { Store } from '../collector/store/store.ts';
import type { BatchReport } from '../collector/store/types.ts';
import { readFile } from './support/read-fixture.ts';
import { openTestStore, temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('cursor');
let store: Store;
beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

const DAY = 86_400_000;
const runs = { numRuns: 8 };

/** Ways to write an export; none of them changes what it says. */
const writing = fc.record({
  bom: fc.boolean(),
  crlf: fc.boolean(),
  quote: fc.constantFrom('data', 'all', 'minimal'),
  finalNewline: fc.boolean(),
  shuffleColumns: fc.boolean(),
  extraColumns: fc.boolean(),
  quotedNewlines: fc.boolean(),
  thousands: fc.boolean(),
  newestFirst: fc.boolean(),
});

const content = fc.record({
  rows: fc.integer({ min: 11, max: 60 }),
  alike: fc.integer({ min: 0, max: 10 }),
  costs: fc.constantFrom('plain', 'dollar', 'words', 'mixed'),
  dates: fc.constantFrom('milliseconds', 'seconds', 'zoneless', 'day'),
});

let accounts = 0;
/** An account of its own days: equal events of two accounts would be one. */
function account(options: Partial<CursorOptions>): CursorExport {
  const from = Date.UTC(2020, 0, 1) + ++accounts * 20 * DAY;
  return generateCursorCsv({ seed: accounts, rows: 30, from, until: from + 10 * DAY, ...options });
}

let files = 0;
async function upload(content_: string, dataset: string, arrivedAt = 1000): Promise<BatchReport> {
  const path = join(folder.path, `usage-events-${++files}.csv`);
  writeFileSync(path, content_);
  return (await readFile(store, path, { formats: builtInFormats, dataset, arrivedAt })).report;
}

interface Told {
  ts: number;
  user: string;
  model: string;
  tokens: number[];
  status: string;
  billable: boolean;
  usd: number | undefined;
  tags: Record<string, string>;
}

const order = (rows: Told[]) => rows.map((row) => JSON.stringify(row)).sort();

async function stored(dataset: string): Promise<string[]> {
  const rows = await store.rows<Omit<Told, 'usd'> & { usd: number | null }>(
    `SELECT toUnixTimestamp64Milli(ts) AS ts, user, model, [input_tokens, cache_write_5m_tokens, cache_read_tokens, ` +
      `output_tokens, unclassified_tokens] AS tokens, status, billable, toFloat64(reported_cost_usd) AS usd, tags ` +
      `FROM tallyd.usage WHERE dataset = '${dataset}'`,
  );
  return order(
    rows.map((row) => ({
      ...row,
      ts: Number(row.ts),
      tokens: row.tokens.map(Number),
      usd: row.usd ?? undefined,
      tags: Object.fromEntries(Object.entries(row.tags).sort()),
    })),
  );
}

function expected(truth: CursorTruth[]): string[] {
  return order(
    truth.map((row) => {
      const tags = {
        automation_id: row.automationId,
        cloud_agent_id: row.cloudAgentId,
        cost_to_you: row.costToYou,
        cursor_requests: row.requests,
        kind: row.kind,
        max_mode: row.maxMode === undefined ? undefined : String(row.maxMode),
      };
      return {
        ts: row.ts,
        user: row.user,
        model: row.model,
        tokens: [row.input, row.cacheWrite5m, row.cacheRead, row.output, row.unclassified],
        status: row.status,
        billable: row.billable,
        usd: row.reportedCostUsd === undefined ? undefined : Number(row.reportedCostUsd),
        tags: Object.fromEntries(Object.entries(tags).filter(([, value]) => value)) as Record<string, string>,
      };
    }),
  );
}

describe('a Cursor export', () => {
  it.each(CURSOR_VARIANTS)('of header %s says what it says however it is written', async (variant) => {
    await fc.assert(
      fc.asyncProperty(content, writing, async (what, how) => {
        const made = account({ ...what, ...how, variant });
        const dataset = `account ${accounts}`;
        const report = await upload(made.file.content, dataset);
        expect(report.rejections).toEqual([]);
        expect(report.rows).toMatchObject({ accepted: made.truth.length, duplicate: 0, rejected: 0 });
        expect(await stored(dataset)).toEqual(expected(made.truth));
        const again = await upload(made.file.content, `${dataset} again`, 2000);
        expect(again.rows).toMatchObject({ accepted: 0, revised: 0, duplicate: made.truth.length });
      }),
      { numRuns: 2 },
    );
  });

  it('in two files that overlap gives their union, in either order', async () => {
    await fc.assert(
      fc.asyncProperty(content, writing, writing, fc.nat(), fc.nat(), async (what, how, other, one, two) => {
        const made = account({ ...what, ...how, variant: 'v3t' });
        const [from, until] = [one, two]
          .map((pick) => made.events[pick % made.events.length]!.ts)
          .sort((a, b) => a - b) as [number, number];
        const early = writeExport(
          made.events.filter(({ ts }) => ts <= until),
          made.options,
        );
        const late = writeExport(
          made.events.filter(({ ts }) => ts >= from),
          { ...made.options, ...other },
        );
        const dataset = `union ${accounts}`;
        for (const part of one % 2 ? [early, late] : [late, early]) await upload(part.file.content, dataset);
        expect(await stored(dataset)).toEqual(expected(made.truth));
      }),
      runs,
    );
  });

  it('of a later day decides on cost and kind without adding an event, also when read first', async () => {
    const team = fc.constantFrom('v2t' as const, 'v3t' as const, 'v2tr' as const);
    await fc.assert(
      fc.asyncProperty(content, writing, team, fc.boolean(), async (what, how, variant, backwards) => {
        const earlier = account({ ...what, dates: 'milliseconds', variant: 'v2t' });
        const { until } = earlier.options;
        const later = reviseExport(earlier, {
          seed: 'later',
          newer: 5,
          until: until + 5 * DAY,
          kinds: 0.3,
          writing: { ...how, variant },
        });
        const dataset = `revised ${accounts}`;
        const uploads = [
          { made: earlier, at: 1000 },
          { made: later, at: 2000 },
        ];
        for (const { made, at } of backwards ? uploads.reverse() : uploads)
          expect((await upload(made.file.content, dataset, at)).rows.rejected).toBe(0);
        expect(await stored(dataset)).toEqual(expected(mergedTruth(earlier, later)));
      }),
      runs,
    );
  });

  it('with broken rows gives the rest, and tells each one’s record, line, column, value and reason', async () => {
    const broken = [
      {
        row: '2026-02-30T00:00:00Z,Included,m,No,1,2,3,4,10,0.1',
        column: 'Date',
        value: '2026-02-30T00:00:00Z',
      },
      { row: '2026-02-03T00:00:00Z,Included,m,No,1,2,3,-4,10,0.1', column: 'Output Tokens', value: '-4' },
      { row: '2026-02-03T00:00:00Z,Included,m,No,1,2,3,4,11,0.1', column: 'Total Tokens', value: '11' },
      { row: '2026-02-03T00:00:00Z,Included,m,No,1,2,3,4,10,lots', column: 'Cost', value: 'lots' },
    ];
    const places = fc.array(fc.tuple(fc.nat(), fc.constantFrom(...broken)), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(places, fc.boolean(), async (inserted, crlf) => {
        const made = account({ variant: 'v2', rows: 15, crlf });
        const newline = crlf ? '\r\n' : '\n';
        const lines: { row: string; bad?: (typeof broken)[0] }[] = made.file.content
          .split(newline)
          .slice(0, -1)
          .map((row) => ({ row }));
        for (const [place, bad] of inserted)
          lines.splice(1 + (place % lines.length), 0, { row: bad.row, bad });
        const dataset = `broken ${accounts}`;
        const report = await upload(lines.map(({ row }) => row + newline).join(''), dataset);
        const told = lines.flatMap(({ bad }, i) =>
          bad ? [{ record: i, line: i + 1, column: bad.column, value: bad.value }] : [],
        );
        expect(report.rejections).toMatchObject(told);
        expect(report.rows).toMatchObject({ accepted: made.truth.length, rejected: told.length });
        expect(await stored(dataset)).toEqual(expected(made.truth));
      }),
      runs,
    );
  });
});
