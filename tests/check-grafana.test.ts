/**
 * scripts/check-grafana.mjs. What it asks only a real Grafana can answer (the workflow compose.yml does that); here
 * are its own judgement, against a server that answers as told, and what it does to queries before it sends them.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../collector/package-root.ts';
import { type Choices, expand, expandMacros, type Variable } from '../grafana/testing/expand.ts';
import { sqlQueriesOf, variablesOf } from '../grafana/testing/panels.ts';

type InBrowser = <T>(query: T, variables: readonly Variable[], range: { from: number; to: number }) => T;
const script = join(packageRoot, 'scripts/check-grafana.mjs');
const { inBrowser } = (await import(
  pathToFileURL(join(packageRoot, 'scripts/check-grafana/browser.mjs')).href
)) as { inBrowser: InBrowser };

describe('what the script does to a query before it sends it', () => {
  const folder = join(packageRoot, 'grafana/generated/dashboards');
  const dashboards = readdirSync(folder).map(
    (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Dashboard,
  );
  const from = new Date('2026-10-01T00:00:00Z');
  const to = new Date('2026-11-01T00:00:00Z');

  it.each(dashboards.map((dashboard) => [dashboard.title!, dashboard] as const))(
    'is what the tests of the dashboards do: %s',
    (_title, dashboard) => {
      for (const { query } of sqlQueriesOf(dashboard)) {
        for (const chosen of [variablesOf(dashboard), variablesOf(dashboard).map(withAChoice)]) {
          const choices: Choices = { from, to };
          const sent = inBrowser(query, chosen, { from: from.getTime(), to: to.getTime() });
          expect(expandMacros(sent.rawSql, choices)).toBe(expand(query.rawSql, chosen, choices));
        }
      }
    },
  );

  it('asks Prometheus for all values of a variable where all are chosen', () => {
    const query = { expr: 'up{job=~"$job"} > $__rate_interval' };
    const job = { name: 'job', type: 'query', current: { value: '$__all' } };
    expect(inBrowser(query, [job], { from: 0, to: 1 })).toEqual({ expr: 'up{job=~".+"} > $__rate_interval' });
  });
});

/** Two values with what quoting must survive, where a variable takes several. */
function withAChoice(variable: Variable & { multi?: boolean }): Variable {
  return variable.multi ? { ...variable, current: { value: ["o'neill", 'b'] } } : variable;
}

const root = mkdtempSync(join(tmpdir(), 'tallyd-check-grafana-'));
afterAll(() => rmSync(root, { recursive: true }));

const target = (rawSql: string) => ({
  refId: 'A',
  datasource: { type: 'grafana-clickhouse-datasource', uid: 'tallyd-clickhouse' },
  rawSql,
});
const dashboard = {
  uid: 'costs',
  title: 'Costs',
  panels: [
    { id: 1, title: 'Total', targets: [target('SELECT 1')] },
    {
      id: 2,
      title: 'By model',
      type: 'row',
      panels: [
        { id: 3, title: 'Nested', targets: [target('SELECT 2 WHERE ${model} ${session:singlequote}')] },
      ],
    },
  ],
  templating: {
    list: [
      { name: 'model', type: 'custom', current: { value: 'm1' } },
      {
        name: 'session',
        type: 'query',
        datasource: { type: 'grafana-clickhouse-datasource', uid: 'tallyd-clickhouse' },
        query: 'SELECT session WHERE ${model}',
      },
    ],
  },
};

/** What the server says; a test changes what it needs. */
let says: {
  health: { status: string; message: string };
  dashboards: { uid: string; folderTitle?: string }[];
  rules: { uid: string }[];
  evaluated: { name: string; health: string; lastError?: string }[];
  contactPoints: { type: string; provenance: string }[];
  query: (sql: string) => object;
};
let asked: string[];
let server: Server;

beforeEach(async () => {
  mkdirSync(join(root, 'dashboards'), { recursive: true });
  mkdirSync(join(root, 'alerting'), { recursive: true });
  writeFileSync(join(root, 'dashboards/costs.json'), JSON.stringify(dashboard));
  writeFileSync(
    join(root, 'alerting/rules.json'),
    JSON.stringify({ groups: [{ rules: [{ uid: 'r1', title: 'Budget' }] }] }),
  );
  asked = [];
  says = {
    health: { status: 'OK', message: 'works' },
    dashboards: [{ uid: 'costs', folderTitle: 'LLM usage' }],
    rules: [{ uid: 'r1' }],
    evaluated: [{ name: 'Budget', health: 'ok' }],
    contactPoints: [{ type: 'email', provenance: '' }],
    query: () => ({
      frames: [
        {
          data: {
            values: [
              [1, 2],
              [3, 4],
            ],
          },
        },
      ],
    }),
  };
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const authorised =
        request.headers.authorization === `Basic ${Buffer.from('admin:pw').toString('base64')}`;
      response.statusCode = authorised ? 200 : 401;
      response.end(JSON.stringify(authorised ? answer(request.url!, Buffer.concat(chunks).toString()) : {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function answer(url: string, body: string): unknown {
  if (url === '/api/health') return { database: 'ok' };
  if (/^\/api\/datasources\/uid\/tallyd-\w+\/health$/.test(url)) return says.health;
  if (url.startsWith('/api/search')) return says.dashboards;
  if (url === '/api/v1/provisioning/alert-rules') return says.rules;
  if (url === '/api/prometheus/grafana/api/v1/rules')
    return { data: { groups: [{ rules: says.evaluated }] } };
  if (url === '/api/v1/provisioning/contact-points') return says.contactPoints;
  const { rawSql } = (JSON.parse(body) as { queries: { rawSql: string }[] }).queries[0]!;
  asked.push(rawSql);
  return { results: { A: says.query(rawSql) } };
}

function check(
  env: Record<string, string> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [script], {
    env: {
      PATH: process.env['PATH'] ?? '',
      GRAFANA_CHECK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      GRAFANA_CHECK_GENERATED: root,
      GRAFANA_CHECK_WAIT_SECONDS: '1',
      GRAFANA_ADMIN_PASSWORD: 'pw',
      ...env,
    },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

describe("the script's judgement", () => {
  it('is silent when all is there, and has asked every variable and panel, also those of a row', async () => {
    const { code, stdout, stderr } = await check();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/all is well/);
    expect(asked).toEqual(['SELECT session WHERE m1', 'SELECT 1', "SELECT 2 WHERE m1 '1'"]);
  });

  it('lists every failing panel, not the first alone', async () => {
    says.query = (sql) =>
      sql.includes('session') ? { frames: [{ data: { values: [['s1']] } }] } : { error: `no good: ${sql}` };
    const { code, stderr } = await check();
    expect(code).toBe(1);
    expect(stderr.match(/^FAILED .*no good.*$/gm)).toEqual([
      'FAILED  Costs / Total: no good: SELECT 1',
      "FAILED  Costs / Nested: no good: SELECT 2 WHERE m1 's1'",
    ]);
  });

  it('takes a Grafana in which nothing has data for broken', async () => {
    says.query = () => ({ frames: [] });
    expect(await check()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/gave no row at all/) as string,
    });
  });

  it.each([
    [
      'a data source that does not answer',
      () => (says.health = { status: 'ERROR', message: 'refused' }),
      /tallyd-clickhouse: refused[\s\S]*tallyd-prometheus: refused/,
    ],
    [
      'a dashboard that is missing',
      () => (says.dashboards = []),
      /dashboard Costs \(costs\) is not in Grafana/,
    ],
    ['a dashboard outside the folder', () => (says.dashboards = [{ uid: 'costs' }]), /is in no folder/],
    ['a rule that is missing', () => (says.rules = []), /alert rule Budget \(r1\) is not in Grafana/],
    [
      'a rule that fails',
      () => (says.evaluated[0] = { name: 'Budget', health: 'error', lastError: 'boom' }),
      /cannot be evaluated: boom/,
    ],
    [
      'a contact point that nobody set',
      () => (says.contactPoints = [{ type: 'slack', provenance: 'file' }]),
      /TALLYD_ALERT_SLACK_URL is not set/,
    ],
  ])('finds %s', async (_what, change, sentence) => {
    change();
    expect(await check()).toMatchObject({ code: 1, stderr: expect.stringMatching(sentence) as string });
  });

  it('finds a contact point missing whose variable is set', async () => {
    const { code, stderr } = await check({ TALLYD_ALERT_EMAIL: 'a@example.com' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/TALLYD_ALERT_EMAIL is set, but there is no contact point of type email/);
  });

  it('says so when Grafana does not get ready, or the password is missing', async () => {
    expect((await check({ GRAFANA_ADMIN_PASSWORD: 'wrong' })).stderr).toMatch(
      /did not get ready in 1 s: status 401/,
    );
    expect(await check({ GRAFANA_ADMIN_PASSWORD: '' })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/--env-file=.env/) as string,
    });
  });
});
