import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import { createReadEndpoint } from '../store/read-endpoint/endpoint.ts';
import { quiet } from '../../tests/support/store.ts';
import type { Store } from '../store/store.ts';
import { doctor, type DoctorInput } from './doctor.ts';
import { doctorText } from './doctor-text.ts';
import { eventOf, insertEvents } from './testing/events.ts';

const folder = temporaryFolder('doctor');
let store: Store;
const now = Date.parse('2026-07-10T12:00:00Z');
const input: DoctorInput = {
  version: '1.2.3',
  configuration: { origin: '/etc/tallyd.yaml' },
  dataDir: '/var/lib/tallyd',
  store: { kind: 'embedded', where: '/var/lib/tallyd/store', bytes: 12_345_678 },
  collector: { running: true, pid: 42, addresses: { uploads: 'http://127.0.0.1:4318/api/v1/uploads' } },
  access: 'asked for, those in /etc/tokens.json',
  unread: [],
  homes: [
    { agent: 'Claude Code', path: '/home/ada/.claude', found: true, variable: 'CLAUDE_CONFIG_DIR' },
    { agent: 'Codex', path: '/home/ada/.codex', found: false },
  ],
  prices: { origin: 'refreshed', asOf: Date.parse('2026-07-10T03:00:00Z') },
  now,
};
const lines = async (more: Partial<DoctorInput> = {}) => {
  const { sections, problems } = await doctor({ ...input, ...more }, store);
  const of = (title: string) =>
    sections.find((section) => section.title === title)!.lines.map(({ level, text }) => `${level}: ${text}`);
  return { of, problems };
};

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

describe('the doctor', () => {
  it('finds nothing wrong with a new store but that it is empty', async () => {
    const { of, problems } = await lines();
    expect(of('Events')[0]).toMatch(/^problem: Nothing is stored yet\. Start the collector/);
    expect(of('Followed files')).toEqual(['note: none: the collector has not found a log file yet']);
    expect(of('Bills')[0]).toMatch(/^note: none/);
    expect(of('Uploads')).toEqual(['fine: none']);
    expect(of('Rejected records')).toEqual(['fine: none']);
    expect(problems).toBe(1);
  });

  it('says what is stored, followed, pushed, rejected and unpriced', async () => {
    await insertEvents(store, [
      eventOf({ ts: now - 3 * 86_400_000, model: 'glm-99', input: 1200 }),
      eventOf({ ts: now - 60 * 60_000, model: 'auto', input: 5, reported: '0.5' }),
      eventOf({ ts: now - 30 * 60_000, model: '', input: 0 }),
    ]);
    await store.command(
      `INSERT INTO tallyd.tailed_file_states (path, source, dataset, size, offset, state, modified_at) VALUES ` +
        `('/a.jsonl', 'claude-code', 'home', 5000, 3000, 'following', '2026-07-10 11:00:00'), ` +
        `('/b.jsonl', 'claude-code', 'home', 100, 100, 'gone', '2026-07-01 11:00:00')`,
    );
    await store.command(
      `INSERT INTO tallyd.upload_reports (id, name, dataset, format, mode, status, rows_accepted, rows_rejected, error, started_at) VALUES ` +
        `('u1', 'usage.csv', 'team', 'cursor-csv', 'append', 'done', 12, 1, '', '2026-07-10 11:50:00'), ` +
        `('u2', 'odd.csv', 'team', '', 'append', 'failed', 0, 0, 'no format fits', '2026-07-10 11:55:00')`,
    );
    await store.command(
      `INSERT INTO tallyd.rejected_records (source, dataset, path, record, line, reason) VALUES ` +
        `('claude-code', 'home', '/a.jsonl', 7, 7, 'not valid JSON'), ('claude-code', 'home', '/a.jsonl', 9, 9, 'not valid JSON')`,
    );
    await store.command(
      `INSERT INTO tallyd.billed_cost_rows (day, bill_id, generation, source, dataset, amount, currency, version) VALUES ` +
        `('2026-07-01', 1, 0, 'openai-cost-csv', 'b', 1, 'USD', 1), ('2026-07-03', 2, 0, 'openai-cost-csv', 'b', 1, 'USD', 1)`,
    );
    await store.command(
      `INSERT INTO tallyd.usage_events (ts, event_id, source, dataset, grain, requests, provider, model, unmeasured, speed, status, version) ` +
        `VALUES ('2026-07-10 10:00:00.000', 99, 'claude-code', 'home', 'request', 2, 'openai', 'gpt-4.1', true, 'standard', 'ok', 1)`,
    );
    await store.command(`INSERT INTO tallyd.stale_hours (hour, done) VALUES ('2026-07-10 10:00:00', 0)`);
    await store.recover('auto');
    const { of, problems } = await lines();
    expect(of('tallyd')).toContain('fine: collector: running (process 42)');
    expect(of('tallyd')).toContain('fine: tokens: asked for, those in /etc/tokens.json');
    expect(of('Bills')).toEqual(['fine: openai-cost-csv: 2 lines, from 2026-07-01 to 2026-07-03']);
    expect(of('Store')[0]).toBe('fine: embedded ClickHouse: /var/lib/tallyd/store, 12 MB on disk');
    expect(of('Store').join('\n')).toMatch(/usage_events: 4 rows, /);
    expect(of('Events')).toEqual([
      'fine: claude-code: 4 events, the oldest of 2026-07-07, the newest from 30 minutes ago',
    ]);
    expect(of('Agents')).toEqual([
      'fine: Claude Code: /home/ada/.claude (CLAUDE_CONFIG_DIR)',
      'note: Codex: not found at /home/ada/.codex',
    ]);
    expect(of('Followed files')).toEqual([
      'fine: claude-code: 1 file, 5.0 kB, 2.0 kB still to read, last written 1 hour ago, 1 gone (what they held is kept)',
    ]);
    expect(of('Uploads')).toEqual([
      'problem: Upload odd.csv (unknown format, dataset team, 5 minutes ago) failed: no format fits. Correct it and push it again.',
      'fine: usage.csv (cursor-csv, dataset team, 10 minutes ago): done, 12 new, 1 rejected',
    ]);
    expect(of('Rejected records')).toEqual([
      'problem: 2 records of claude-code could not be read: not valid JSON, for example /a.jsonl:9. Look there; all of them are in the table rejected_records.',
    ]);
    expect(of('Prices')).toEqual([
      'fine: the refreshed list, as of 2026-07-10',
      'problem: glm-99 of anthropic has no price: 1,200 tokens in 1 request, last seen 3 days ago. Give it one under prices: in tallyd.yaml, see docs/pricing.md.',
      'note: auto of anthropic is in no price list (5 tokens in 1 request, last seen 1 hour ago); its source reports costs, which are used',
      'note: gpt-4.1 of openai: 2 requests, last seen 2 hours ago, of which the source tells no tokens',
    ]);
    expect(problems).toBe(3);
  });

  it('tells what to do about what it was given', async () => {
    const { of, problems } = await lines({
      configuration: { origin: 'defaults', problems: ['TALLYD_LISTEN is not an address.'] },
      collector: { running: false },
      homes: [{ agent: 'Codex', path: '/x', found: false }],
      unread: [{ path: '/exports/odd.csv', problem: '"odd.csv" is of no known format.' }],
      prices: { origin: 'bundled', asOf: 0, problem: 'no network' },
    });
    expect(of('tallyd')).toContain('problem: TALLYD_LISTEN is not an address.');
    expect(of('tallyd')).toContain(
      'note: collector: not running, so nothing new is read. Start it with: tallyd start',
    );
    expect(of('Followed files').at(-1)).toBe(
      'problem: /exports/odd.csv is not read: "odd.csv" is of no known format.',
    );
    expect(of('Agents').at(-1)).toMatch(/^problem: No agent’s folder was found\. .*TALLYD_TAIL=/);
    expect(of('Prices')[1]).toMatch(/^problem: Prices could not be refreshed: no network\./);
    expect(problems).toBe(7);
  });

  it('still says the rest when the store cannot be asked', async () => {
    const shut = { ...input, store: { ...input.store, problem: 'The store is in use.' } };
    const report = await doctor(shut, undefined);
    expect(report.problems).toBe(1);
    const failing = await doctor(input, { rows: () => Promise.reject(new Error('gone')) });
    expect(failing.problems).toBe(7);
    const text = doctorText(failing, { width: 60, color: false });
    expect(text).toContain('  ! The store did not answer: gone');
    expect(text).toContain('7 problems found, marked with "!".');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  it('asks nothing that the read endpoint of a running collector refuses', async () => {
    const endpoint = createReadEndpoint({ engine: store.embedded!, log: quiet });
    const listening = await endpoint.listen({ host: '127.0.0.1', port: 0 });
    const url = `http://127.0.0.1:${listening.address.port}`;
    const remote = {
      async rows<T>(sql: string): Promise<T[]> {
        const response = await fetch(url, { method: 'POST', body: `${sql} FORMAT JSONEachRow` });
        const text = await response.text();
        if (!response.ok) throw new Error(text);
        return text
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as T);
      },
    };
    expect(await doctor(input, remote)).toEqual(await doctor(input, store));
    await listening.close();
  });
});
