/** Bills beside usage: sent through the real HTTP interface, compared by the view and the report. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateEmptyPeriod } from '../collector/demo/openai-cost.ts';
import { builtInFormats } from '../collector/formats/index.ts';
import { createApp } from '../collector/http/app.ts';
import { listen, type Listening } from '../collector/http/server.ts';
import type { Billed, BilledRow } from '../collector/reports/billed-types.ts';
import { renderReport } from '../collector/reports/render.ts';
import { report } from '../collector/reports/report.ts';
import type { Daily, ReportOptions } from '../collector/reports/types.ts';
import { claudeFile } from '../collector/sources/upload/testing.ts';
import type { UploadReport } from '../collector/sources/upload/types.ts';
import { createUploads, type Uploads } from '../collector/sources/upload/uploads.ts';
import type { Store } from '../collector/store/store.ts';
import { silentTelemetry } from '../collector/telemetry.ts';
import { bookOf, openTestStore, quiet, temporaryFolder } from './support/store.ts';

const folder = temporaryFolder('billed');
let store: Store;
let uploads: Uploads;
let server: Listening;
let url: string;

beforeAll(async () => {
  const prices = bookOf({
    'claude-opus-4-6': { input: '5', output: '25', cacheRead: '0.5' },
    'claude-sonnet-4-5': { input: '3', output: '15', cacheRead: '0.3' },
    'claude-sonnet-4-5-20250929': { input: '3', output: '15', cacheRead: '0.3' },
    'claude-3-5-haiku-20241022': { input: '0.8', output: '4' },
    'gpt-5-nano-2025-08-07': { input: '0.05', output: '0.4' },
    'gpt-5.2': { input: '2', output: '10' },
  });
  store = await openTestStore(join(folder.path, 'store'), { prices });
  uploads = createUploads({
    store,
    formats: builtInFormats,
    dir: join(folder.path, 'uploads'),
    telemetry: silentTelemetry,
    log: quiet,
    maxBytes: 10_000_000,
  });
  await uploads.start();
  const readiness = () => Promise.resolve({ ready: true, reasons: [] });
  const app = createApp({
    uploads,
    formats: builtInFormats,
    readiness,
    version: '1',
    log: quiet,
    idleMs: 5000,
  });
  server = await listen(app, { host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${server.address.port}/api/v1/uploads`;
});
afterAll(async () => {
  await server.close();
  await uploads.stop();
  await store.close();
  folder.remove();
});

async function push(
  name: string,
  lines: readonly string[],
  query = '',
): Promise<UploadReport & { summary: string; detail?: string }> {
  const response = await fetch(`${url}/${name}${query}`, { method: 'PUT', body: `${lines.join('\n')}\n` });
  return (await response.json()) as UploadReport & { summary: string };
}

const ANTHROPIC_USAGE = [
  'usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count,inference_geo,speed',
  '2026-08-05,claude-opus-4-6,demo-key,Default,standard,≤ 200k,123456,0,0,65432,7890,0,not_available,',
  '2026-08-05,claude-3-5-haiku-20241022,demo-key,Default,standard,≤ 200k,1000,0,0,0,500,0,not_available,',
  '2026-08-05,claude-unheard-of-9,demo-key,Default,standard,≤ 200k,5000,0,0,0,0,0,not_available,',
  '2026-08-06,claude-opus-4-6,demo-key,Default,standard,≤ 200k,100000,0,0,0,0,0,not_available,',
];
const ANTHROPIC_COST = [
  'usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type,inference_geo,speed,api_key_id,api_key_status',
  '2026-08-05,Claude Opus 4.6,Default,demo-key,message,≤ 200k,input_no_cache,0.62,0.62,token,not_available,,apikey_01DEMO,active',
  '2026-08-05,Claude Opus 4.6,Default,demo-key,message,≤ 200k,input_cache_read,0.03,0.03,token,not_available,,apikey_01DEMO,active',
  '2026-08-05,Claude Opus 4.6,Default,demo-key,message,≤ 200k,output,0.20,0.20,token,not_available,,apikey_01DEMO,active',
  '2026-08-05,Claude Haiku 3.5,Default,demo-key,message,≤ 200k,input_no_cache,0.00,0.00,token,not_available,,apikey_01DEMO,active',
  '2026-08-05,Claude Haiku 3.5,Default,demo-key,message,≤ 200k,output,0.00,0.00,token,not_available,,apikey_01DEMO,active',
  '2026-08-05,claude-unheard-of-9,Default,demo-key,message,≤ 200k,output,1.75,1.75,token,not_available,,apikey_01DEMO,active',
  '2026-08-05,,Default,demo-key,message,,,0.40,0.40,web_search,not_available,,apikey_01DEMO,active',
  '2026-08-07,Claude Opus 4.6,Default,demo-key,message,≤ 200k,output,2.00,2.00,token,not_available,,apikey_01DEMO,active',
];
const OPENAI_USAGE = [
  'start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,service_tier,input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens',
  '1785888000,1785974400,2026-08-05T00:00:00+00:00,2026-08-06T00:00:00+00:00,proj_web,4.0,user-ada,key_one,gpt-5-nano-2025-08-07,False,default,31422.0,2900.0,0.0,31422.0',
  '1785888000,1785974400,2026-08-05T00:00:00+00:00,2026-08-06T00:00:00+00:00,proj_web,2.0,user-ada,key_one,gpt-5.2,False,default,1000000.0,0.0,0.0,1000000.0',
];
const cost = (amount: string, item: string, currency = 'usd', day = 5) => {
  const start = Date.UTC(2026, 7, day) / 1000;
  return `${start},${start + 86_400},2026-08-0${day}T00:00:00,2026-08-0${day + 1}T00:00:00,${amount},${currency},,,${item},,,proj_web,org-demo,Web,Personal,`;
};
const OPENAI_COST = [
  'start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,line_item,user_id,api_key_id,project_id,organization_id,project_name,organization_name,user_email',
  cost('0.001571100000000000000000000000000000', '"gpt-5-nano, input_tokens"'),
  cost('0.001160000000000000000000000000000000', '"gpt-5-nano, output_tokens"'),
  cost('1.500000000000000000000000000000000000', '"gpt-5.2, input_tokens"'),
  cost('-0.750000000000000000000000000000000000', 'credit'),
  cost('7.25', '"gpt-5.2, input_tokens"', 'eur'),
  cost('12.000000000000000000000000000000000000', '', 'usd', 6),
];

const ask = async (more: Partial<ReportOptions> = {}) =>
  await report('billed', { timezone: 'UTC', ...more }, store);
const billed = async (more: Partial<ReportOptions> = {}): Promise<Billed> => (await ask(more)).json as Billed;

async function spent(): Promise<unknown> {
  const { json } = await report('monthly', { timezone: 'UTC' }, store);
  const [events] = await store.rows(
    'SELECT count() AS events, toString(sum(cost_usd)) AS usd FROM tallyd.usage',
  );
  const [hourly] = await store.rows(
    'SELECT sum(requests) AS requests, toString(sum(cost_usd)) AS usd FROM tallyd.usage_hourly',
  );
  return { json, events, hourly };
}

const byModel = (a: { model: string }, b: { model: string }) => (a.model < b.model ? -1 : 1);

interface Compared {
  day: string;
  provider: string;
  model: string;
  billed: number;
  calculated: number;
  explanation: string;
}
async function compared(): Promise<Compared[]> {
  return await store.rows<Compared>(
    `SELECT toString(day) AS day, provider, model, toFloat64(billed_usd) AS billed, toFloat64(calculated_usd) AS calculated, ` +
      `explanation FROM tallyd.billed_vs_calculated ORDER BY day, provider, model`,
  );
}

describe('usage and bills of the same month', () => {
  it('say what is compared only once a bill is there', async () => {
    expect((await push('claude_api_tokens_2026_08.csv', ANTHROPIC_USAGE)).format).toBe('anthropic-usage-csv');
    expect((await push('completions_usage_2026-08.csv', OPENAI_USAGE)).format).toBe('openai-usage-csv');
    expect(await compared()).toEqual([]);
    expect(await billed()).toEqual({
      billed: [],
      totals: { billedUsd: 0, calculatedUsd: 0, differenceUsd: 0 },
    });
    expect(renderReport(await ask(), { width: 200, color: false })).toMatch(/^No bill is stored yet\./);
  });

  it('never double what was spent, and the second time add nothing', async () => {
    const before = await spent();
    const bill = await push('claude_api_cost_2026_08.csv', ANTHROPIC_COST);
    expect(bill).toMatchObject({
      format: 'anthropic-cost-csv',
      dataset: 'anthropic-cost-csv',
      status: 'done',
    });
    expect(bill.rows).toEqual({ read: 8, accepted: 8, duplicate: 0, rejected: 0, revised: 0 });
    const other = await push('cost_2026-08-01_2026-08-31.csv', OPENAI_COST);
    expect(other.summary).toBe('cost_2026-08-01_2026-08-31.csv: 6 records read as openai-cost-csv: 6 new');
    const again = await push('renamed.csv', ANTHROPIC_COST);
    expect(again.rows).toEqual({ read: 8, accepted: 0, duplicate: 8, rejected: 0, revised: 0 });
    expect(await spent()).toEqual(before);
    const { json } = await report('daily', { timezone: 'UTC', mode: 'calculate' }, store);
    expect((json as Daily).totals.totalCost).toBeCloseTo(0.8472 + 0.0028 + 0.5 + 0.0027311 + 2, 3);
  });

  it('are compared per day and model, with what explains a difference', async () => {
    const rows = await compared();
    const of = (day: string, provider: string) =>
      Object.fromEntries(
        rows
          .filter((row) => row.day === `2026-08-${day}` && row.provider === provider)
          .map(({ model, billed, calculated, explanation }) => [model, [billed, calculated, explanation]]),
      );
    expect(of('05', 'anthropic')).toEqual({
      'claude-opus-4-6': [0.85, 0.847246, 'rounding'],
      'claude-haiku-3-5': [0, 0.0028, 'rounding'],
      'claude-unheard-of-9': [1.75, 0, 'tokens without a price'],
      '': [0.4, 0, 'charged for no model'],
    });
    expect(of('06', 'anthropic')).toEqual({ 'claude-opus-4-6': [0, 0.5, 'no bill for this day'] });
    expect(of('07', 'anthropic')).toEqual({ 'claude-opus-4-6': [2, 0, 'no usage stored for this day'] });
    expect(of('05', 'openai')).toEqual({
      'gpt-5-nano': [0.0027311, 0.0027311, ''],
      'gpt-5.2': [1.5, 2, 'billed in another currency; prices or usage differ'],
      '': [-0.75, 0, 'credits'],
    });
    expect(of('06', 'openai')).toEqual({ '': [12, 0, 'no usage stored for this day'] });
    expect(rows).toHaveLength(10);
  });

  it('are a report of days and models, with amounts of other currencies apart', async () => {
    const json = await billed({ breakdown: true });
    const day = (date: string, provider: string): BilledRow =>
      json.billed.find((row) => row.date === date && row.provider === provider)!;
    expect(day('2026-08-05', 'anthropic')).toMatchObject({
      billedUsd: 3,
      calculatedUsd: 0.850046,
      differenceUsd: 2.149954,
      usageSources: ['anthropic-usage-csv'],
    });
    expect(day('2026-08-05', 'openai')).toMatchObject({
      billedUsd: 0.7527311,
      calculatedUsd: 2.0027311,
      differenceUsd: -1.25,
      creditsUsd: -0.75,
    });
    expect(
      day('2026-08-05', 'openai').models.find((model) => model.modelName === 'gpt-5.2')!.lineItems,
    ).toEqual([
      { lineItem: 'input_tokens', currency: 'EUR', amount: 7.25 },
      { lineItem: 'input_tokens', currency: 'USD', amount: 1.5 },
    ]);
    expect(json.otherCurrencies).toEqual([
      { date: '2026-08-05', provider: 'openai', currency: 'EUR', amount: 7.25 },
    ]);
    expect(json.totals.billedUsd).toBeCloseTo(3 + 2 + 0.7527311 + 12, 9);
    expect(
      (await billed({ since: '20260806', until: '20260806' })).billed.map((row) => row.provider),
    ).toEqual(['anthropic', 'openai']);
    expect((await billed({ model: ['claude-opus-*'] })).billed.map((row) => row.date)).toEqual([
      '2026-08-05',
      '2026-08-06',
      '2026-08-07',
    ]);
    expect((await billed({ order: 'desc' })).billed[0]!.date).toBe('2026-08-07');
  });

  it('are a table that says where its numbers come from', async () => {
    const answer = await report('billed', { timezone: 'Europe/Berlin', breakdown: true }, store);
    const table = renderReport(answer, { width: 120, color: false });
    expect(table).toMatch(/2026-08-05 +│ anthropic +│ +\$3\.00 │ +\$0\.85 │ +\$2\.15 │/);
    expect(table).toMatch(/└─ opus-4-6 +│ +│ +\$0\.85 │ +\$0\.85 │ +<\$0\.01 │ rounding/);
    expect(table).toMatch(/└─ unheard-of-9 .*5,000 tokens without a price/);
    expect(table).toMatch(/ input_tokens +│ +│ +EUR 7\.25 │/);
    expect(table).toContain('Not in the table: EUR 7.25 billed in that currency.');
    expect(table).toContain('the time zone Europe/Berlin is not used');
    expect(table).toContain('Calculated from anthropic-usage-csv, openai-usage-csv.');
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it('refuse filters that bills and usage do not share', async () => {
    await expect(ask({ project: ['web'] })).rejects.toThrow(/cannot be asked for one project/);
    await expect(ask({ source: ['codex'] })).rejects.toThrow(/cannot be asked for one source/);
  });
});

describe('what a bill is held against', () => {
  const ofSonnet = async () =>
    (await compared()).filter(({ day, model }) => day === '2026-01-31' && model === 'claude-sonnet-4-5');
  const bill = (model: string, amount: string) =>
    `2026-01-31,${model},Default,demo-key,message,≤ 200k,output,${amount},${amount},token,,,,`;

  it('is what agents used of the provider, without what others sell on', async () => {
    await push('session.jsonl', claudeFile('msg_1', 'msg_2').trimEnd().split('\n'));
    await push('usage-events.csv', [
      'Date,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost',
      '2026-01-31T10:00:00.000Z,Included,claude-sonnet-4-5,No,0,1000000,0,0,1000000,Included',
    ]);
    await push('bill.csv', [ANTHROPIC_COST[0]!, bill('Claude Sonnet 4.5', '0.50')]);
    const calculated = (2 * (10 * 3 + 1000 * 0.3 + 100 * 15)) / 1e6;
    expect(await ofSonnet()).toMatchObject([
      { billed: 0.5, calculated, explanation: 'prices or usage differ' },
    ]);
  });

  it('is the provider’s own export of usage alone, on days for which there is one', async () => {
    await push('tokens.csv', [
      ANTHROPIC_USAGE[0]!,
      '2026-01-31,claude-sonnet-4-5-20250929,demo-key,Default,standard,≤ 200k,0,0,0,0,33333,0,not_available,',
    ]);
    expect(await ofSonnet()).toMatchObject([{ billed: 0.5, calculated: 0.499995, explanation: 'rounding' }]);
  });

  it('is another model where the bill or the usage has only that', async () => {
    await push('bill.csv', [ANTHROPIC_COST[0]!, bill('Claude Opus 4.6', '3.00')]);
    await push('tokens.csv', [
      ANTHROPIC_USAGE[0]!,
      '2026-01-31,claude-3-5-haiku-20241022,demo-key,Default,standard,≤ 200k,1000000,0,0,0,0,0,not_available,',
    ]);
    const rows = (await compared()).filter(({ day }) => day === '2026-01-31');
    expect(rows.map(({ model, explanation }) => [model, explanation])).toEqual([
      ['claude-haiku-3-5', 'not in the bill'],
      ['claude-opus-4-6', 'no usage stored for this model'],
      ['claude-sonnet-4-5', 'rounding'],
    ]);
  });

  it('is the day as a whole where the bill tells no models', async () => {
    const day = `${Date.UTC(2026, 0, 20) / 1000},${Date.UTC(2026, 0, 21) / 1000},,`;
    await push('usage.csv', [
      OPENAI_USAGE[0]!,
      `${day},proj_web,2.0,user-ada,key_one,gpt-5.2,False,default,1000000.0,0.0,0.0,1000000.0`,
    ]);
    await push('cost.csv', [OPENAI_COST[0]!, `${day},2.000000,usd,,,,,,,org-demo,,Personal,`]);
    const rows = (await compared()).filter((row) => row.day === '2026-01-20');
    expect(rows.map(({ model, explanation }) => [model, explanation])).toEqual([
      ['', 'the bill tells no models'],
      ['gpt-5.2', 'the bill tells no models'],
    ]);
    const { billed: days } = await billed({ since: '20260120', until: '20260120' });
    expect(days).toMatchObject([{ billedUsd: 2, calculatedUsd: 2, differenceUsd: 0, explanation: '' }]);
  });

  it('is the same model however it is spelt: with a date, a route, a vendor, a version', async () => {
    const names = {
      'claude-opus-4-6': ['claude-opus-4-6', 'us.anthropic.claude-opus-4-6-v1', 'Claude-4.6-Opus'],
      'claude-haiku-3-5': [
        'claude-3-5-haiku-20241022',
        'claude-3-5-haiku-latest',
        'anthropic/claude-3.5-haiku',
      ],
      'claude-sonnet-4': [
        'claude-sonnet-4-20250514',
        'bedrock/eu.anthropic.claude-sonnet-4-20250514-v1:0',
        'claude-sonnet-4-0',
      ],
      'gpt-4o-mini': ['gpt-4o-mini-2024-07-18', 'openai/gpt-4o-mini'],
      'nova-lite': ['amazon.nova-lite-v1:0'],
      'deepseek-v3': ['deepseek-v3', 'deepseek/deepseek-v3'],
      'gpt-4.1': ['gpt-4.1'],
    };
    const [header] = OPENAI_COST;
    const items = Object.values(names).flat();
    const lines = items.map((model) => cost('1.00', `"${model}, input"`, 'usd', 8));
    await push('names.csv', [header!, ...lines], '?dataset=names');
    const rows = await store.rows<{ model: string; compared: string }>(
      "SELECT model, compared_model AS compared FROM tallyd.billed_costs WHERE dataset = 'names'",
    );
    const expected = Object.entries(names).flatMap(([compared, all]) =>
      all.map((model) => ({ model, compared })),
    );
    expect(rows.sort(byModel)).toEqual(expected.sort(byModel));
    // usage goes through the same expressions
    const usage = items.map((model, i) =>
      OPENAI_USAGE[1]!
        .replace(/1785888000,1785974400,[^,]+,[^,]+/, '1786147200,1786233600,,')
        .replace('key_one', `key_${i}`)
        .replace('gpt-5-nano-2025-08-07', model),
    );
    await push('usage-names.csv', [OPENAI_USAGE[0]!, ...usage]);
    const day = (await compared()).filter((row) => row.day === '2026-08-08' && row.provider === 'openai');
    expect(day.map(({ model }) => model).sort()).toEqual(Object.keys(names).sort());
  });

  it('leaves out what a gateway answered from its own cache, which nobody charges', async () => {
    const row = (id: string, model: string, hit: string, spend: string) =>
      `${id},acompletion,${spend},1000000,1000000,0,2025-11-03 10:00:00,2025-11-03 10:00:01,${model},openai,${hit}`;
    await push('spend.csv', [
      'request_id,call_type,spend,total_tokens,prompt_tokens,completion_tokens,startTime,endTime,model,custom_llm_provider,cache_hit',
      row('asked', 'gpt-5.2', 'False', '2.0'),
      row('hit', 'gpt-5.2', 'True', '0.0'),
      row('hit-of-no-price', 'gpt-unheard-of', 'True', '0.0'),
    ]);
    const start = Date.UTC(2025, 10, 3) / 1000;
    await push('cost.csv', [
      OPENAI_COST[0]!,
      `${start},${start + 86_400},,,2.00,usd,,,"gpt-5.2, input_tokens",,,,org-demo,,Personal,`,
    ]);
    const rows = (await compared()).filter(({ day }) => day === '2025-11-03');
    expect(rows).toMatchObject([
      { model: 'gpt-5.2', billed: 2, calculated: 2, explanation: '' },
      { model: 'gpt-unheard-of', billed: 0, calculated: 0, explanation: '' },
    ]);
    const [hour] = await store.rows(
      `SELECT toFloat64(sum(calculated_cost_usd)) AS all, toFloat64(sum(not_billable_calculated_cost_usd)) AS hits, ` +
        `toInt64(sum(not_billable_unpriced_tokens)) AS unpriced FROM tallyd.usage_hourly WHERE source = 'litellm-spend'`,
    );
    expect(hour).toEqual({ all: 4, hits: 2, unpriced: 1_000_000 });
  });

  it('is found without reading the days that are not asked for', async () => {
    const plan = await store.rows<{ explain: string }>(
      `EXPLAIN indexes = 1 SELECT * FROM tallyd.billed_vs_calculated WHERE day = toDate('2026-08-05')`,
    );
    const text = plan.map((row) => row.explain).join('\n');
    expect(text).toMatch(/Condition: \(day in \[(\d+), \1\]\)/);
    expect(text).toMatch(/Condition: \(toDate\(hour, 'UTC'\) in \[(\d+), \1\]\)/);
  });
});

describe('a bill', () => {
  it('that replaces leaves the usage of the same dataset, and the other way round', async () => {
    const usage = ANTHROPIC_USAGE.map((line) => line.replace('2026-08', '2025-08'));
    const bill = ANTHROPIC_COST.map((line) => line.replace('2026-08', '2025-08'));
    const rows = async (table: string) =>
      Number(
        (
          await store.rows<{ n: number }>(`SELECT count() AS n FROM tallyd.${table} WHERE dataset = 'both'`)
        )[0]!.n,
      );
    await push('usage.csv', usage, '?dataset=both&mode=replace');
    await push('cost.csv', bill, '?dataset=both&mode=replace');
    expect([await rows('usage'), await rows('billed_costs')]).toEqual([4, 8]);
    await push('usage.csv', usage.slice(0, 2), '?dataset=both&mode=replace');
    expect([await rows('usage'), await rows('billed_costs')]).toEqual([1, 8]);
    await push('cost.csv', bill.slice(0, 3), '?dataset=both&mode=replace');
    expect([await rows('usage'), await rows('billed_costs')]).toEqual([1, 2]);
  });

  it('with broken rows gives the rest, and says what was rejected', async () => {
    const answer = await push('claude_api_cost.csv', [
      ANTHROPIC_COST[0]!,
      '2024-01-05,Claude Opus 4.6,Default,demo-key,message,≤ 200k,output,a lot,1,token,,,,',
      '2024-01-05,Claude Opus 4.6,Default,demo-key,message,≤ 200k,output,1.00,1,token,,,,',
    ]);
    expect(answer.rows).toMatchObject({ read: 2, accepted: 1, rejected: 1 });
    expect(answer.rejections).toEqual([
      { record: 1, line: 2, reason: 'not an amount of money', column: 'cost_usd', value: 'a lot' },
    ]);
  });

  it('of a period without costs is no error, and holds nothing', async () => {
    const lines = generateEmptyPeriod(Date.UTC(2026, 8, 1), Date.UTC(2026, 8, 8))
      .trimEnd()
      .split('\n');
    const answer = await push('cost_2026-09-01_2026-09-08.csv', lines);
    expect(answer).toMatchObject({ status: 'done', rows: { read: 0, accepted: 0, rejected: 0 } });
    expect(answer.summary).toMatch(/no usage in it/);
    const asked = await push('cost_2026-09-01_2026-09-08.csv', lines, '?format=openai-cost-csv');
    expect(asked).toMatchObject({
      status: 'done',
      format: 'openai-cost-csv',
      rows: { read: 0, rejected: 0 },
    });
  });

  it('is not read as usage when that is asked for, nor usage as a bill', async () => {
    expect((await push('x.csv', OPENAI_USAGE, '?format=openai-cost-csv')).detail).toMatch(
      /cannot be read as openai-cost-csv: it has no column "amount_value"/,
    );
    expect((await push('x.csv', ANTHROPIC_USAGE, '?format=anthropic-cost-csv')).detail).toMatch(
      /cannot be read as anthropic-cost-csv: it is the export of usage, which is anthropic-usage-csv/,
    );
    expect((await push('x.csv', OPENAI_COST, '?format=openai-usage-csv')).detail).toMatch(
      /no record of x\.csv could be read as openai-usage-csv/,
    );
  });
});
