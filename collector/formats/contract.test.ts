/**
 * What every format promises, held against fixtures: `NAME.<ending>` beside `NAME.rows.json` in the
 * format's `fixtures/` folder. A new format is covered by putting files there.
 *
 * Rows are written anew by `npx vitest run collector/formats/contract.test.ts -u`, those of a new fixture
 * once an empty NAME.rows.json is there. Nobody else judges them: read them before they are committed.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readFile } from '../../tests/support/read-fixture.ts';
import { openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import type { Store } from '../store/store.ts';
import type { Format } from './format.ts';
import { builtInFormats } from './index.ts';
import { createMappedFormats } from './mapped/mapped.ts';
import { mappedFormatsSchema } from './mapped/schema.ts';
import { readSample } from './recognise.ts';

const here = import.meta.dirname;
const mappedFixtures = parse(readFileSync(join(here, 'mapped/fixtures/formats.yaml'), 'utf8')) as {
  formats: unknown;
};
const formats: readonly Format[] = [
  ...builtInFormats,
  ...createMappedFormats(mappedFormatsSchema.parse(mappedFixtures.formats)),
];

interface Fixture {
  title: string;
  path: string;
  golden: string;
}

function fixtures(): Fixture[] {
  const folders = readdirSync(here)
    .map((folder) => join(here, folder, 'fixtures'))
    .filter((folder) => existsSync(folder) && statSync(folder).isDirectory());
  return folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => !/\.(rows\.json|yaml|md)$/.test(file) && statSync(join(folder, file)).isFile())
      .map((file) => ({
        title: join(folder, file).slice(here.length + 1),
        path: join(folder, file),
        golden: join(folder, `${file.slice(0, file.length - extname(file).length)}.rows.json`),
      })),
  );
}

/** Columns of an event that say nothing: left out, so that what is told can be seen. */
const UNTOLD: Record<string, unknown> = { grain: 'request', requests: 1, status: 'ok', billable: true };

function told(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).filter(([column, value]) => {
      if (column in UNTOLD) return value !== UNTOLD[column];
      return !(value === '' || value === 0 || value === null || JSON.stringify(value) === '{}');
    }),
  );
}

const COLUMNS = [
  'toString(ts) AS at',
  ...[
    'source',
    'grain',
    'requests',
    'provider',
    'model',
    'user',
    'project',
    'session_id',
    'request_id',
    'status',
  ],
  ...['input_tokens', 'cache_write_5m_tokens', 'cache_write_1h_tokens', 'cache_read_tokens', 'output_tokens'],
  ...['reasoning_tokens', 'unclassified_tokens', 'total_tokens', 'duration_ms'],
  ...['toString(reported_cost_usd) AS reported', 'billable', 'tags'],
].join(', ');

/** A line of a bill as it is stored. */
const BILL_COLUMNS =
  'toString(day) AS at, source, provider, model, line_item, project, user, toString(amount) AS charged, ' +
  'currency, toString(quantity) AS quantity_, unit, tags';

const folder = temporaryFolder('contract');
let store: Store;
beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

describe.each(fixtures())('the fixture $title', ({ title, path, golden }) => {
  it('is recognised by exactly one format', async () => {
    const sample = await readSample(path);
    expect(formats.filter((format) => format.recognise(sample).is === 'this')).toHaveLength(1);
  });

  it('gives the rows that are written down beside it', async () => {
    const { report, format } = await readFile(store, path, { formats, dataset: title });
    const gives = format.gives ?? 'events';
    const rows = await store.rows<Record<string, unknown>>(
      gives === 'bills'
        ? `SELECT ${BILL_COLUMNS} FROM tallyd.billed_costs WHERE dataset = '${title}' ORDER BY ALL`
        : `SELECT ${COLUMNS} FROM tallyd.usage WHERE dataset = '${title}' ` +
            `ORDER BY ts, session_id, request_id, user, model, total_tokens, reported`,
    );
    const found = {
      rows: report.rows,
      [gives]: rows.map(told),
      rejections: report.rejections.map(({ path: _path, ...rejection }) => rejection),
    };
    const text = `${JSON.stringify(found, undefined, 2)}\n`;
    if (!existsSync(golden)) expect.fail(`${golden} is missing: make it empty, run with -u, and read it`);
    await expect(text).toMatchFileSnapshot(golden);
  });

  it('adds nothing when it comes again, under another name and dataset', async () => {
    const { report } = await readFile(store, path, {
      formats,
      dataset: `${title} again`,
      arrivedAt: 1_700_000_000_001,
    });
    expect(report.rows).toMatchObject({ accepted: 0, revised: 0 });
  });
});

describe('all fixtures together', () => {
  it('have token columns that add up, and reasoning within the output', async () => {
    expect(
      await store.rows(
        `SELECT dataset, event_id FROM tallyd.usage WHERE total_tokens != input_tokens + cache_write_5m_tokens + ` +
          `cache_write_1h_tokens + cache_read_tokens + output_tokens + unclassified_tokens OR reasoning_tokens > output_tokens`,
      ),
    ).toEqual([]);
  });

  it('have sums per hour that are those of their events', async () => {
    await store.catchUp();
    const sums = (relation: string, events: string): Promise<unknown[]> =>
      store.rows(
        `SELECT source, dataset, sum(${events}) AS events, sum(requests) AS calls, sum(total_tokens) AS tokens, ` +
          `toString(sum(cost_usd)) AS cost FROM tallyd.${relation} GROUP BY source, dataset ORDER BY source, dataset`,
      );
    const ofEvents = await sums('usage', '1');
    expect(ofEvents.length).toBeGreaterThan(builtInFormats.length);
    expect(await sums('usage_hourly', 'events')).toEqual(ofEvents);
    expect(await sums('usage_by_session', 'events')).toEqual(ofEvents);
  });
});
