/** Sessions as panels show them and as `tallyd report session` does, over the same store and range. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { report } from '../../collector/reports/report.ts';
import { eventOf, insertEvents } from '../../collector/reports/testing/events.ts';
import type { SessionDetail, Sessions } from '../../collector/reports/types.ts';
import type { Store } from '../../collector/store/store.ts';
import { openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import { fillUsage, usagePrices } from '../../tests/support/usage.ts';
import type { Choices } from '../testing/expand.ts';
import { rowsOf } from '../testing/rows.ts';
import { sessions } from './sessions.ts';

const until = new Date('2026-03-18T15:20:00Z');
const range: Choices = {
  from: new Date(until.getTime() - 6 * 86_400_000),
  to: new Date(until.getTime() + 60_000),
};
const ODD = 'C:\\new "it\'s" 100%, über/alles';

const folder = temporaryFolder('sessions-dashboard');
let store: Store;
beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'), { prices: usagePrices });
  await fillUsage(store, { events: 8000, days: 4, until });
  await insertEvents(store, [
    eventOf({ ts: until.getTime() + 5000, session: 'odd', project: ODD, model: 'claude-opus-4-5', input: 1_000_000 }),
    eventOf({ ts: until.getTime() + 7000, session: 'odd', project: ODD, model: 'mystery-1', output: 10 }),
    eventOf({ ts: until.getTime() + 9000, session: 'odd', project: ODD, model: 'claude-opus-4-5', cacheRead: 1_000_000 }),
  ]); // prettier-ignore
});
afterAll(async () => {
  await store?.close();
  folder.remove();
});

const panel = (title: string, variables: Record<string, string> = {}): Promise<Record<string, unknown>[]> =>
  rowsOf(store, sessions(), title, { ...range, variables });

const iso = (time: unknown): string => new Date(`${String(time).replace(' ', 'T')}Z`).toISOString();
const key = (row: { source: string; sessionId: string }): string => `${row.source} ${row.sessionId}`;

describe('the list of sessions', () => {
  it('agrees with the report', async () => {
    const { json } = await report('session', { timezone: 'UTC', now: until.getTime() }, store);
    const expected = (json as Sessions).sessions.map((row) => ({
      source: row.source,
      sessionId: row.sessionId,
      project: row.projectPath || '(none)',
      first: row.firstActivity,
      last: row.lastActivity,
      requests: row.requests,
      tokens: row.totalTokens,
      cost: row.totalCost.toFixed(6),
      models: row.modelsUsed.join(', '),
    }));
    const shown = (await panel('Sessions')).map((row) => ({
      source: String(row['source']),
      sessionId: String(row['session_id']),
      project: row['last_project'],
      first: iso(row['first_activity']),
      last: iso(row['last_activity']),
      requests: Number(row['requests']),
      tokens: Number(row['tokens']),
      cost: Number(row['cost']).toFixed(6),
      models: row['models'],
    }));
    const sorted = <T extends { source: string; sessionId: string }>(rows: T[]): T[] =>
      rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
    expect(shown.length).toBeGreaterThan(300);
    expect(sorted(shown)).toEqual(sorted(expected));
    expect((await panel('Sessions found'))[0]).toMatchObject({ sessions: shown.length });
    const view = await store.rows<Record<string, unknown>>(
      'SELECT toString(source) AS source, session_id AS sessionId, requests, total_tokens AS tokens, toFloat64(cost_usd) AS cost, models FROM tallyd.sessions',
    );
    expect(sorted(view.map((row) => ({ ...row, cost: Number(row['cost']).toFixed(6), models: (row['models'] as string[]).join(', ') }) as never))).toEqual(
      sorted(expected.map(({ source, sessionId, requests, tokens, cost, models }) => ({ source, sessionId, requests, tokens, cost, models }))),
    ); // prettier-ignore
  });

  it('is searched by id, project and user, whatever was typed', async () => {
    for (const search of ['ODD', 'c:\\NEW "it\'s"', '100%, ÜBER', ODD])
      expect((await panel('Sessions', { search })).map((row) => row['session_id'])).toEqual(['odd']);
    const ofAda = await panel('Sessions', { search: 'ada' });
    expect(ofAda.length).toBeGreaterThan(10);
    for (const row of ofAda) expect(row['last_user']).toBe('ada');
    expect(await panel('Sessions', { search: "') OR 1 = 1 --" })).toEqual([]);
    expect(await panel('Sessions found', { search: 'nothing has this' })).toEqual([
      { sessions: 0, 'cost per session': null, 'requests per session': null, 'half of them take': null },
    ]);
  });

  it('comes in the order that is asked for', async () => {
    for (const order of ['cost', 'tokens', 'requests', 'seconds', 'errors']) {
      const values = (await panel('Sessions', { order })).map((row) => Number(row[order]));
      expect(values).toEqual([...values].sort((a, b) => b - a));
      expect(values[0]).toBeGreaterThan(values.at(-1)!);
    }
  });
});

describe('one session', () => {
  it('has the requests of the report in its order, and a running total that ends in its cost', async () => {
    const [largest] = await panel('Sessions', { order: 'requests' });
    const session = String(largest!['session_id']);
    const { json } = await report('session', { timezone: 'UTC', sessionId: session }, store);
    const detail = json as SessionDetail;
    const shown = await panel('Its requests one by one', { session });
    expect(shown.length).toBeGreaterThan(10);
    expect(
      shown.map((row) => ({
        timestamp: iso(row['time']),
        model: row['model'],
        tokens: [row['input'], row['output'], row['cache read']].map(Number),
        written: Number(row['cache write 5m']) + Number(row['cache write 1h']),
        cost: row['cost is'] === 'unpriced' ? null : Number(row['cost']).toFixed(6),
      })),
    ).toEqual(
      detail.entries.map((entry) => ({
        timestamp: entry.timestamp,
        model: entry.model,
        tokens: [entry.inputTokens, entry.outputTokens, entry.cacheReadTokens],
        written: entry.cacheCreationTokens,
        cost: entry.costUSD === null ? null : entry.costUSD.toFixed(6),
      })),
    );
    expect(Number(shown.at(-1)!['cost so far'])).toBeCloseTo(detail.totalCost, 6);
    const [headline] = await panel('The session', { session });
    expect(Number(headline!['cost'])).toBeCloseTo(detail.totalCost, 6);
    expect(Number(headline!['tokens'])).toBe(detail.totalTokens);
  });

  it('adds its cost up request by request, and is the newest while none is named', async () => {
    const rows = await panel('Its requests one by one');
    // 5 dollars for a million of input, nothing known, half a dollar for a million from the cache
    expect(rows.map((row) => [row['cost'], row['cost so far'], row['cost is']])).toEqual([
      [5, 5, 'calculated'],
      [0, 5, 'unpriced'],
      [0.5, 5.5, 'calculated'],
    ]);
    expect((await panel('Its cost so far')).map((row) => row['cost so far'])).toEqual([5, 5, 5.5]);
    expect(await panel('The session', { session: 'odd' })).toMatchObject([
      { cost: 5.5, duration: 4, 'cache hit rate': 0.5, errors: 0 },
    ]);
  });
});
