/** GitHub's reports of Copilot usage held against a generator that knows what they must add up to. */
import { describe, expect, it } from 'vitest';
import { COPILOT_VARIANTS, generateCopilot } from '../collector/demo/copilot-csv.ts';
import { renderReport } from '../collector/reports/render.ts';
import { report } from '../collector/reports/report.ts';
import type { Daily } from '../collector/reports/types.ts';
import { describeUsageExport, useExportBench } from './support/usage-export.ts';

const bench = useExportBench('copilot-csv');

describe('a Copilot report', () => {
  describeUsageExport(bench, COPILOT_VARIANTS, generateCopilot);
});

const HEADER_17 =
  'date,username,product,sku,model,quantity,unit_type,applied_cost_per_quantity,gross_amount,discount_amount,net_amount,' +
  'total_monthly_quota,organization,repository,cost_center_name,aic_quantity,aic_gross_amount';

describe('a Copilot report of 2025', () => {
  it('tells neither tokens nor costs, so its requests are unpriced and not free', async () => {
    const rows = ['05T10:00:00.1234567Z,ada,gpt-5.4,1', '05T10:01:00.0000000Z,ada,gpt-5.4,1'];
    const header = 'Timestamp,User,Model,Requests Used,Exceeds Monthly Quota,Total Monthly Quota';
    await bench.upload(`${header}\n${rows.map((row) => `2013-06-${row},False,300\n`).join('')}`, 'oldest');
    await bench.store().catchUp();
    const options = { timezone: 'UTC', since: '20130605', until: '20130605' };
    for (const mode of ['auto', 'calculate', 'display'] as const) {
      const answer = await report('daily', { ...options, mode }, bench.store());
      const { daily, totals } = answer.json as Daily;
      expect(daily).toMatchObject([{ requests: 2, totalTokens: 0, totalCost: 0, unpricedTokens: 0 }]);
      expect(totals.unpricedModels, mode).toEqual(['gpt-5.4']);
      const text = renderReport(answer, { width: 120, color: false });
      expect(text).toMatch(mode === 'display' ? /unreported\* │/ : /unpriced\* │/);
      expect(text).toContain('sources tell no tokens: gpt-5.4 (2 requests).');
    }
    const sources = await bench
      .store()
      .rows(`SELECT DISTINCT cost_source FROM tallyd.usage WHERE dataset = 'oldest'`);
    expect(sources).toEqual([{ cost_source: 'unpriced' }]);
  });
});

describe('a Copilot report of days', () => {
  it('never adds up premium requests and AI credits, which stand in one column', async () => {
    const rows = [
      '2014-05-31,ada,copilot,copilot_premium_request,gpt-5.4,3,requests,0.04,0.12,0.12,0,300,acme,,,8.5,0.085',
      '2014-06-01,ada,copilot,copilot_ai_credit,gpt-5.4,250,ai-credits,0.01,2.5,0.5,2,1900,acme,,,0,0',
    ];
    await bench.upload(`${HEADER_17}\n${rows.join('\n')}\n`, 'units');
    expect(
      await bench
        .store()
        .rows(
          `SELECT toInt32(sum(requests)) AS requests, sum(toFloat64OrZero(tags['premium_requests'])) AS premium, ` +
            `sum(toFloat64OrZero(tags['ai_credits'])) AS credits, toFloat64(sum(reported_cost_usd)) AS worth, ` +
            `sum(toFloat64OrZero(tags['net_amount'])) AS charged, countIf(billable) AS charged_rows ` +
            `FROM tallyd.usage WHERE dataset = 'units'`,
        ),
    ).toEqual([{ requests: 3, premium: 3, credits: 250, worth: 2.62, charged: 2, charged_rows: 1 }]);
  });

  it('without tokens has its reported worth, and no calculated one', async () => {
    const row =
      '2014-09-01,ada,copilot,copilot_premium_request,gpt-5.4,3,requests,0.04,0.12,0,0.12,300,acme,,,0,0';
    await bench.upload(`${HEADER_17}\n${row}\n`, 'worth');
    await bench.store().catchUp();
    const options = { timezone: 'UTC', since: '20140901', until: '20140901' };
    const totals = async (mode: 'auto' | 'calculate') =>
      ((await report('daily', { ...options, mode }, bench.store())).json as Daily).totals;
    expect(await totals('auto')).toMatchObject({ totalCost: 0.12, requests: 3 });
    expect(await totals('auto')).not.toHaveProperty('unpricedModels');
    expect(await totals('calculate')).toMatchObject({ totalCost: 0, unpricedModels: ['gpt-5.4'] });
  });

  it('with tokens, after one without, is the same day and tells them', async () => {
    const row =
      '2014-07-01,ada,copilot,copilot_ai_credit,gpt-5.4,5,ai-credits,0.01,0.05,0,0.05,1900,acme,,,0,0';
    await bench.upload(`${HEADER_17}\n${row}\n`, 'tokens', 1000);
    const report = await bench.upload(
      `${HEADER_17},input,output,cache_read,cache_write\n${row},1,2,3,4\n`,
      'tokens',
      2000,
    );
    expect(report.rows).toMatchObject({ accepted: 0, revised: 1 });
    expect(
      await bench
        .store()
        .rows(`SELECT toInt32(total_tokens) AS tokens FROM tallyd.usage WHERE dataset = 'tokens'`),
    ).toEqual([{ tokens: 10 }]);
  });

  it('keeps rows of one day, user and model apart that differ in their sku or repository', async () => {
    const row = (sku: string, repository: string) =>
      `2014-08-01,ada,copilot,${sku},gpt-5.4,5,ai-credits,0.01,0.05,0,0.05,1900,acme,${repository},,0,0\n`;
    const rows =
      row('copilot_ai_credit', '') +
      row('coding_agent_ai_credit', 'a/b') +
      row('coding_agent_ai_credit', 'a/c');
    expect((await bench.upload(`${HEADER_17}\n${rows}`, 'skus')).rows.accepted).toBe(3);
  });
});
