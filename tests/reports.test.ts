/** The reports over a real store, judged by plain arithmetic over the same events. */
import { createClient } from '@clickhouse/client';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReadEndpoint } from '../collector/store/read-endpoint/endpoint.ts';
import type { Store } from '../collector/store/store.ts';
import type { Reader } from '../collector/store/types.ts';
import { report } from '../collector/reports/report.ts';
import type { Blocks, CostMode, Report, ReportOptions } from '../collector/reports/types.ts';
import { naiveBlocks, naivePeriods, naiveSessions } from '../collector/reports/testing/naive-reports.ts';
import { eventOf, insertEvents, type TestEvent } from '../collector/reports/testing/events.ts';
import { bookOf, openTestStore, quiet, temporaryFolder } from './support/store.ts';

const PRICES = {
  'claude-sonnet-4-5': { input: '3', output: '15' },
  'claude-opus-4-1': { input: '15', output: '75' },
};
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
];
/** Days on which something is odd, and one of a year's end. */
const DAYS = [
  '2026-03-08',
  '2026-03-29',
  '2026-04-05',
  '2026-10-25',
  '2026-11-01',
  '2025-12-31',
  '2026-06-15',
];
const HOUR = 3_600_000;

const folder = temporaryFolder('reports');
let store: Store;
let events: TestEvent[];
let blockEvents: TestEvent[];
let remote: Reader;
let closeRemote: () => Promise<void>;

const eventArbitrary = (source: string): fc.Arbitrary<TestEvent> =>
  fc.record({
    ts: fc
      .tuple(
        fc.constantFrom(...DAYS),
        fc.integer({ min: -30, max: 54 }),
        fc.integer({ min: 0, max: HOUR - 1 }),
      )
      .map(([day, hours, ms]) => Date.parse(`${day}T00:00:00Z`) + hours * HOUR + (ms % 3 === 0 ? 0 : ms)),
    source: fc.constant(source),
    model: fc.constantFrom('claude-sonnet-4-5', 'claude-opus-4-1', 'gpt-unknown', 'gpt_unknown%', ''),
    project: fc.constantFrom('/home/ada/api', '/srv/api', '/home/ada/web', 'C:\\work\\api', ''),
    session: fc.constantFrom('s1', 's2', 's3', ''),
    grain: fc.constantFrom('request' as const, 'bucket' as const),
    requests: fc.integer({ min: 1, max: 3 }),
    input: fc.nat(1000),
    output: fc.nat(1000),
    cacheWrite5m: fc.nat(1000),
    cacheWrite1h: fc.nat(1000),
    cacheRead: fc.nat(1000),
    reasoning: fc.nat(10),
    unclassified: fc.constantFrom(0, 0, 0, 7),
    reported: fc.constantFrom(null, null, '0', '0.000000001', '1.1', '0.333333333'),
  });

/** Requests of one source, at and around the ends of blocks. */
const stretchArbitrary = (source: string): fc.Arbitrary<TestEvent[]> =>
  fc
    .array(
      fc.record({
        pause: fc.oneof(
          fc.constantFrom(0, 1, HOUR, 4 * HOUR, 5 * HOUR, 5 * HOUR + 1, 5 * HOUR - 1, 6 * HOUR, 11 * HOUR),
          fc.nat(6 * HOUR),
        ),
        onTheHour: fc.boolean(),
        model: fc.constantFrom('claude-sonnet-4-5', 'claude-opus-4-1', 'gpt-unknown'),
        input: fc.nat(1000),
        project: fc.constantFrom('/home/ada/api', '/home/ada/web'),
      }),
      { minLength: 1, maxLength: 25 },
    )
    .map((steps) => {
      let ts = Date.parse('2026-03-28T22:00:00Z');
      return steps.map(({ pause, onTheHour, ...rest }) => {
        ts += pause;
        if (onTheHour) ts = Math.ceil(ts / HOUR) * HOUR;
        return eventOf({ ts, source, ...rest });
      });
    });

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'), { prices: bookOf(PRICES) });
  events = fc.sample(eventArbitrary('random'), { numRuns: 800, seed: 20260731 });
  blockEvents = Array.from({ length: 120 }, (_, i) =>
    fc.sample(stretchArbitrary(`stretch-${i}`), { numRuns: 1, seed: i }),
  ).flat(2);
  await insertEvents(store, [...events, ...blockEvents]);
  const endpoint = createReadEndpoint({ engine: store.embedded!, log: quiet });
  const listening = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  const client = createClient({ url: `http://127.0.0.1:${listening.address.port}` });
  remote = { rows: async (query) => await (await client.query({ query, format: 'JSONEachRow' })).json() };
  closeRemote = async () => {
    await client.close();
    await listening.close();
  };
});
afterAll(async () => {
  await closeRemote();
  await store.close();
  folder.remove();
});

const optionsArbitrary: fc.Arbitrary<ReportOptions> = fc.record(
  {
    timezone: fc.constantFrom(...ZONES),
    mode: fc.constantFrom<CostMode>('auto', 'calculate', 'display'),
    since: fc.constantFrom(...DAYS),
    until: fc.constantFrom('20260308', '2026-03-29', '20261025', '20261101'),
    model: fc.constantFrom(['claude-*'], ['gpt-unknown'], ['gpt_unknown%'], ['claude-opus-4-1', 'gpt*']),
    project: fc.constantFrom(['api'], ['/home/*'], ['/srv/api', 'web'], ['a*']),
    order: fc.constantFrom('asc', 'desc'),
    startOfWeek: fc.constantFrom('monday', 'sunday'),
  },
  { requiredKeys: ['timezone'] },
);
const sane = (options: ReportOptions): ReportOptions => {
  const { since, until, ...rest } = options;
  const reversed = since && until && since.replaceAll('-', '') > until.replaceAll('-', '');
  return { ...rest, source: ['random'], ...(since && { since }), ...(until && !reversed && { until }) };
};

describe('reports of days, weeks and months', () => {
  it('are what adding up the events one by one gives, in every zone, mode and filter', async () => {
    const kinds = fc.constantFrom('daily' as const, 'weekly' as const, 'monthly' as const);
    await fc.assert(
      fc.asyncProperty(kinds, optionsArbitrary, async (kind, chosen) => {
        const options = sane(chosen);
        expect((await report(kind, options, store)).json).toEqual(naivePeriods(kind, options, events));
      }),
      { numRuns: 80 },
    );
  });

  it('are the same from the hourly sums and from the events', async () => {
    await fc.assert(
      fc.asyncProperty(optionsArbitrary, async (chosen) => {
        const options = { ...sane(chosen), sessionId: 's1' };
        const only = events.filter((event) => event.session === 's1');
        expect((await report('daily', options, store)).json).toEqual(naivePeriods('daily', options, only));
      }),
      { numRuns: 50 },
    );
  });

  it('add costs up exactly', async () => {
    const { json } = (await report('monthly', { timezone: 'UTC', source: ['random'] }, store)) as Extract<
      Report,
      { kind: 'monthly' }
    >;
    const expected = naivePeriods('monthly', { timezone: 'UTC', source: ['random'] }, events);
    expect(json.totals.totalCost).toBe(expected.totals.totalCost);
  });
});

describe('the report of sessions', () => {
  it('is what adding up the events one by one gives', async () => {
    await fc.assert(
      fc.asyncProperty(optionsArbitrary, async (chosen) => {
        const options = sane(chosen);
        expect((await report('session', options, store)).json).toEqual(naiveSessions(options, events));
      }),
      { numRuns: 50 },
    );
  });
});

describe('the report of blocks', () => {
  const everything: ReportOptions = { timezone: 'UTC', source: ['stretch-*'], now: Date.parse('2027-01-01') };

  it('is what the algorithm gives, request by request', async () => {
    const { json } = await report('blocks', everything, store);
    expect(json).toEqual(naiveBlocks(everything, blockEvents));
  });

  it('is made of the requests that the filters leave', async () => {
    for (const options of [
      { ...everything, now: Date.parse('2026-03-30T02:30:00Z'), active: true, timezone: 'Asia/Kolkata' },
      { ...everything, since: '2026-03-31' },
      { ...everything, project: ['api'] },
      { ...everything, model: ['claude-*'], mode: 'calculate' as const },
      { ...everything, since: '2026-03-30', until: '2026-03-31', timezone: 'Pacific/Apia' },
      { ...everything, now: Date.parse('2026-03-30T02:30:00Z'), active: true, tokenLimit: 'max' as const },
      { ...everything, now: Date.parse('2026-04-02T02:30:00Z'), recent: true, tokenLimit: 3000 },
    ]) {
      const { json } = await report('blocks', options, store);
      expect(json).toEqual(naiveBlocks(options, blockEvents));
    }
  });

  it('agrees with the view that dashboards read', async () => {
    const seen = await store.rows<Record<string, unknown>>(
      `SELECT source, toUnixTimestamp(start_time) AS start, entries, total_tokens, toUnixTimestamp64Milli(last_activity) AS last ` +
        `FROM tallyd.blocks WHERE source LIKE 'stretch-%' ORDER BY start, source`,
    );
    const { blocks } = (await report('blocks', everything, store)).json as Blocks;
    expect(seen).toEqual(
      blocks
        .filter((block) => !block.isGap)
        .map((block) => ({
          source: block.source,
          start: Date.parse(block.startTime) / 1000,
          entries: block.entries,
          total_tokens: block.totalTokens,
          last: Date.parse(block.actualEndTime!),
        })),
    );
  });
});

describe('a report asked of the running collector', () => {
  it('has the same numbers as one read from the store', async () => {
    const days = { timezone: 'Asia/Kolkata', since: '2026-03-01', source: ['random'] };
    for (const kind of ['daily', 'weekly', 'monthly', 'session'] as const) {
      expect((await report(kind, days, remote)).json).toEqual((await report(kind, days, store)).json);
    }
    const berlin = { timezone: 'Europe/Berlin', source: ['random'] };
    expect((await report('daily', berlin, remote)).json).toEqual((await report('daily', berlin, store)).json);
    const blocks = { timezone: 'UTC', source: ['stretch-*'], now: 0 };
    expect((await report('blocks', blocks, remote)).json).toEqual(
      (await report('blocks', blocks, store)).json,
    );
    const session = { timezone: 'UTC', sessionId: 's2' };
    expect((await report('session', session, remote)).json).toEqual(
      (await report('session', session, store)).json,
    );
  });
});
