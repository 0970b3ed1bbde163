/**
 * Every statement of every panel and variable, expanded as Grafana and the plugin expand it, through the
 * real read endpoint: what comes back has the shape that its panel draws.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { applyBudgets } from '../collector/budgets/apply.ts';
import { budgetsSchema } from '../collector/budgets/schema.ts';
import { createReadEndpoint } from '../collector/store/read-endpoint/endpoint.ts';
import type { Store } from '../collector/store/store.ts';
import { EXAMPLE } from '../grafana/dashboards/budgets/history.ts';
import { dashboards } from '../grafana/dashboards/index.ts';
import { clickhouse } from '../grafana/sdk/datasources.ts';
import { ask, type Frame } from '../grafana/testing/ask.ts';
import { type Choices, expand } from '../grafana/testing/expand.ts';
import { type PanelQuery, panelsOf, sqlQueriesOf, variablesOf } from '../grafana/testing/panels.ts';
import { shapeProblems } from '../grafana/testing/shapes.ts';
import { openTestStore, quiet, temporaryFolder } from './support/store.ts';
import { fillUsage, usagePrices } from './support/usage.ts';

// hundreds of statements each, on a machine that may do other things besides
vi.setConfig({ testTimeout: 300_000 });

const until = new Date('2026-03-18T15:20:00Z');
/** `DASHBOARDS=tallyd-cost,tallyd-cache`: only these, while one works on them. */
const only = process.env['DASHBOARDS']?.split(',');
const made = dashboards.map((make) => make()).filter((one) => only?.includes(one.uid!) ?? true);
const queries = made.flatMap(sqlQueriesOf);
const exampleBudgets = budgetsSchema.parse((parse(EXAMPLE) as { budgets: unknown }).budgets);

/** In which every panel must show something. */
const EVERYTHING = 'thirty days, everything';
/** Ranges and choices that a person makes. */
const situations: Record<string, Omit<Choices, 'from' | 'to'> & { days: number }> = {
  [EVERYTHING]: { days: 30 },
  'a quarter of a day by the hour in Kolkata': {
    days: 0.25,
    timezone: 'Asia/Kolkata',
    variables: { granularity: 'hour', cost_mode: 'calculated_cost_usd' },
  },
  'half a year by the month in Berlin, some models of one source': {
    days: 180,
    timezone: 'Europe/Berlin',
    variables: {
      granularity: 'month',
      source: ['claude-code'],
      model: ['claude-opus-4-5', 'claude-haiku-4-5'],
    },
  },
  'what has no name': { days: 14, variables: { user: ['(none)'], granularity: 'week' } },
};

/** Chosen where it was once, and empties every panel that it applies to. */
const NOTHING = { variables: { project: ["it's gone"] } };

function choicesOf(situation: (typeof situations)[string]): Choices {
  const { days, ...rest } = situation;
  return { from: new Date(until.getTime() - days * 86_400_000), to: until, ...rest };
}

interface Endpoint {
  store: Store;
  url: string;
  close: () => Promise<void>;
}

async function openEndpoint(name: string): Promise<Endpoint> {
  const folder = temporaryFolder(name);
  const store = await openTestStore(join(folder.path, 'store'), { prices: usagePrices });
  const endpoint = createReadEndpoint({ engine: store.embedded!, log: quiet });
  const { address, close } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  return {
    store,
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      await close();
      await store.close();
      folder.remove();
    },
  };
}

function frameOf(url: string, { dashboard, query }: PanelQuery, choices: Choices): Promise<Frame> {
  return ask(url, expand(query.rawSql, variablesOf(dashboard), choices));
}

function name({ dashboard, panel, query }: PanelQuery): string {
  return `${dashboard.title}: ${panel.title} (${query.refId})`;
}

/** What is wrong with the answers to all queries, as sentences. */
async function problemsIn(
  url: string,
  situation: (typeof situations)[string],
  mustShow = false,
): Promise<string[]> {
  const problems: string[] = [];
  for (const query of queries) {
    try {
      const frame = await frameOf(url, query, choicesOf(situation));
      if (mustShow && frame.rows.length === 0) problems.push(`${name(query)} shows nothing`);
      problems.push(...shapeProblems(query.panel, query.query, frame).map((one) => `${name(query)}: ${one}`));
    } catch (error) {
      problems.push(`${name(query)}: ${(error as Error).message}`);
    }
  }
  return problems;
}

describe.sequential('the dashboards', () => {
  let endpoint: Endpoint;
  afterAll(() => endpoint?.close());

  describe('over an empty store', () => {
    beforeAll(async () => {
      endpoint = await openEndpoint('dashboards-empty');
    });
    afterAll(() => endpoint.close());

    it('fail nowhere, also where what is chosen does not exist', async () => {
      expect(await problemsIn(endpoint.url, { days: 7, timezone: 'browser', ...NOTHING })).toEqual([]);
    });
  });

  describe('over half a year of usage', () => {
    beforeAll(async () => {
      endpoint = await openEndpoint('dashboards');
      await fillUsage(endpoint.store, { events: 60_000, days: 190, until });
      await applyBudgets(endpoint.store, { timezone: 'UTC', budgets: exampleBudgets, alerts: {} });
    }, 120_000);

    it.each(Object.entries(situations))('draw what they promise: %s', async (title, situation) => {
      expect(await problemsIn(endpoint.url, situation, title === EVERYTHING)).toEqual([]);
    });

    it('offer values for every variable', async () => {
      for (const dashboard of made) {
        const variables = variablesOf(dashboard);
        const asked = variables.filter((one) => one.datasource?.type === clickhouse.type);
        for (const variable of asked) {
          const sql = expand(String(variable.query), variables, choicesOf(situations[EVERYTHING]!));
          const frame = await ask(endpoint.url, sql);
          expect(frame.rows.length, `${dashboard.title}: ${variable.name}`).toBeGreaterThan(0);
          for (const row of frame.rows) expect(row[0]).not.toBe('');
        }
      }
    });
  });
});

describe('every panel', () => {
  it('asks something, except where it is text', () => {
    for (const dashboard of made) {
      for (const panel of panelsOf(dashboard)) {
        if (panel.type !== 'text')
          expect(panel.targets?.length, `${dashboard.title}: ${panel.title}`).toBeGreaterThan(0);
      }
    }
  });
});
