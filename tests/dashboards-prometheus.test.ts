/**
 * Every PromQL expression of the dashboards, expanded as Grafana expands it, asked of a real Prometheus
 * that scrapes a real collector at work.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateCursorCsv } from '../collector/demo/cursor-csv.ts';
import { dashboards } from '../grafana/dashboards/index.ts';
import { prometheus as datasource } from '../grafana/sdk/datasources.ts';
import { expandPromql, legendLabels, type PromChoices } from '../grafana/testing/expand-promql.ts';
import { type PanelPromQuery, promQueriesOf, variablesOf } from '../grafana/testing/panels.ts';
import { environment, Program, until } from './support/program.ts';
import { Prometheus, prometheusIsMissing, type PromSeries } from './support/prometheus.ts';
import { temporaryFolder } from './support/store.ts';

const made = dashboards.map((make) => make());
const queries = made.flatMap(promQueriesOf);
/** There is no ClickHouse server here: its expressions must be understood, and find nothing. */
const ofServer = ({ query }: PanelPromQuery): boolean => query.expr.includes('job="clickhouse"');
/** The collector gives no answer of 500 and more unless something breaks. */
const needsServerErrors = ({ query }: PanelPromQuery): boolean =>
  query.expr.includes('http_response_status_code=~"5.."') && !query.expr.includes('or vector(0)');

const folder = temporaryFolder('dashboards-prometheus');
let collector: Program;
let prometheus: Prometheus;

function name({ dashboard, panel, query }: PanelPromQuery): string {
  return `${dashboard.title}: ${panel.title} (${query.refId})`;
}

async function choices(): Promise<PromChoices> {
  const all = (label: string): Promise<string[]> => prometheus.labelValues('tallyd_build_info', label);
  return {
    variables: { job: await all('job'), instance: await all('instance') },
    rateInterval: '5s',
    range: '1m',
    interval: '1s',
  };
}

async function answer({ query }: PanelPromQuery): Promise<PromSeries[]> {
  const expr = expandPromql(query.expr, await choices());
  return await (query.instant ? prometheus.instant(expr) : prometheus.range(expr));
}

function claudeLine(id: string, output: number): string {
  const message = { id, model: 'claude-sonnet-4-5', usage: { input_tokens: 100, output_tokens: output } };
  const timestamp = new Date().toISOString();
  return `${JSON.stringify({ type: 'assistant', sessionId: 's', requestId: `req_${id}`, timestamp, cwd: '/src/live', message })}\n`;
}

/** One round of what happens to a collector: an agent writes, people upload, somebody asks for nothing. */
async function work(round: number): Promise<void> {
  const session = join(folder.path, '.claude/projects/-src-live/s.jsonl');
  // the second copy corrects the first
  appendFileSync(session, claudeLine(`msg_${round}`, 1) + claudeLine(`msg_${round}`, 40));
  const end = Date.UTC(2026, 1, 1) + round * 86_400_000;
  const { file } = generateCursorCsv({ seed: round, rows: 20, from: end - 86_400_000, until: end });
  const uploads = `${collector.url('http')}/api/v1/uploads`;
  const send = (path: string, body: string): Promise<Response> =>
    fetch(`${uploads}/${path}`, { method: 'PUT', body });
  await send('usage.csv', `${file.content.trimEnd()}\nnot a date,at all\n`);
  await send('nothing.csv', 'this,is\nno,export\n');
  await fetch(`${uploads}`);
  await fetch(`${collector.url('http')}/nowhere`);
}

describe.skipIf(prometheusIsMissing)(
  prometheusIsMissing
    ? 'PromQL of the dashboards (skipped: prometheus is not installed; apt-get install prometheus)'
    : 'PromQL of the dashboards',
  () => {
    beforeAll(async () => {
      mkdirSync(join(folder.path, '.claude/projects/-src-live'), { recursive: true });
      collector = await Program.start(environment(folder.path));
      prometheus = await Prometheus.start(folder.path, new URL(collector.url('metrics')).host);
      await until(() => prometheus.isReady());
      await until(async () => (await prometheus.instant('up{job="tallyd"} == 1')).length === 1);
    }, 60_000);

    afterAll(async () => {
      await prometheus?.end();
      await collector?.end();
      folder.remove();
    });

    it('draws something in every panel once the collector has worked for a few seconds', async () => {
      const waiting = new Set(queries.filter((query) => !ofServer(query) && !needsServerErrors(query)));
      let round = 0;
      const deadline = Date.now() + 60_000;
      while (waiting.size > 0 && Date.now() < deadline) {
        await work(++round);
        for (const query of waiting) {
          const series = await answer(query);
          if (series.some(({ values }) => values.length > 0)) waiting.delete(query);
        }
      }
      expect([...waiting].map(name)).toEqual([]);
    }, 90_000);

    it('understands what it does not find here', async () => {
      const others = queries.filter((query) => ofServer(query) || needsServerErrors(query));
      expect(others.length).toBeGreaterThan(0);
      for (const query of others) expect(await answer(query), name(query)).toEqual([]);
    });

    it('has the labels that legends name', async () => {
      for (const query of queries.filter((one) => !ofServer(one))) {
        const labels = legendLabels(query.query.legendFormat ?? '');
        for (const { metric } of await answer(query))
          expect(Object.keys(metric), name(query)).toEqual(expect.arrayContaining(labels));
      }
    });

    it('offers values for the variables', async () => {
      const asked = made.flatMap((dashboard) =>
        variablesOf(dashboard).filter((variable) => variable.datasource?.type === datasource.type),
      );
      expect(asked.length).toBeGreaterThan(0);
      for (const { query } of asked) {
        const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(String(query)) ?? [];
        const values = await prometheus.labelValues(expandPromql(selector, await choices()), label);
        expect(values, String(query)).toHaveLength(1);
      }
    });
  },
);
