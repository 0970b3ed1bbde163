import { afterEach, expect, it } from 'vitest';
import type { UsageDelta } from '../../collector/store/types.ts';
import type { Exporter } from '../exporter.ts';
import { batch, delta, scrape, startExporter, valueOf } from '../testing.ts';

let exporter: Exporter;
afterEach(() => exporter.stop());

const store = (...usage: UsageDelta[]) => exporter.telemetry.batchStored(batch({ usage }));

/** The values of all series of a counter. */
function seriesOf(text: string, name: string): number[] {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`));
  return lines.map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
}

const sumOf = (text: string, name: string) => seriesOf(text, name).reduce((sum, value) => sum + value, 0);

it('adds up to the total when summed over the token types', async () => {
  exporter = await startExporter();
  const usage = { input: 1, cacheWrite5m: 20, cacheWrite1h: 300, cacheRead: 4000, output: 50_000 };
  store(delta({ ...usage, unclassified: 600_000, reasoning: 30_000 }));
  const text = await scrape(exporter);
  expect(sumOf(text, 'llm_tokens_total')).toBe(654_321);
  expect(valueOf(text, 'llm_tokens_total', { type: 'cache_write_1h' })).toBe(300);
  expect(valueOf(text, 'llm_reasoning_tokens_total')).toBe(30_000);
});

it('shows every outcome from the first request on, so that the first error is an increase', async () => {
  exporter = await startExporter();
  store(delta({ requests: 2 }));
  const text = await scrape(exporter);
  expect(valueOf(text, 'llm_requests_total', { status: 'ok' })).toBe(2);
  expect(valueOf(text, 'llm_requests_total', { status: 'error' })).toBe(0);
  expect(valueOf(text, 'llm_requests_total', { status: 'aborted' })).toBe(0);
});

it('never lets a counter fall: a correction downward is paid off by what follows', async () => {
  exporter = await startExporter();
  const counts = async () => valueOf(await scrape(exporter), 'llm_tokens_total', { type: 'output' });
  store(delta({ output: 100 }));
  expect(await counts()).toBe(100);
  store(delta({ output: -30, costUsd: -0.5 }));
  expect(await counts()).toBe(100);
  store(delta({ output: 20 }));
  expect(await counts()).toBe(100);
  store(delta({ output: 25 }));
  expect(await counts()).toBe(115);
});

it('keeps the debts of different models apart', async () => {
  exporter = await startExporter();
  store(delta({ model: 'a', output: -50 }), delta({ model: 'b', output: 50 }));
  const text = await scrape(exporter);
  expect(valueOf(text, 'llm_tokens_total', { type: 'output', model: 'a' })).toBe(0);
  expect(valueOf(text, 'llm_tokens_total', { type: 'output', model: 'b' })).toBe(50);
});

it('survives numbers that are none', async () => {
  exporter = await startExporter();
  store(delta({ costUsd: NaN }), delta({ costUsd: Infinity }), delta({ costUsd: 0.25 }));
  expect(valueOf(await scrape(exporter), 'llm_cost_usd_total')).toBe(0.25);
});

it('gathers models beyond the first 500 under other and loses no token', async () => {
  exporter = await startExporter();
  for (let i = 0; i < 700; i++) store(delta({ model: `model-${i}`, input: 1 }));
  const text = await scrape(exporter);
  expect(seriesOf(text, 'llm_cost_usd_total')).toHaveLength(501);
  expect(valueOf(text, 'llm_tokens_total', { type: 'input', model: 'other' })).toBe(200);
  expect(sumOf(text, 'llm_tokens_total')).toBe(700);
  expect(text).not.toContain('otel_metric_overflow');
});

it('escapes what a model name may hold', async () => {
  exporter = await startExporter();
  store(delta({ model: 'say "hi"\\\n{now}', provider: '', input: 7 }));
  expect(await scrape(exporter)).toContain(
    'llm_tokens_total{type="input",model="say \\"hi\\"\\\\ {now}",provider="unknown",source="claude-code"} 7\n',
  );
});

it('leaves the names of Claude Code telemetry out unless asked for', async () => {
  exporter = await startExporter();
  store(delta({ input: 1 }));
  expect(await scrape(exporter)).not.toContain('claude_code_');
});

it('counts only Claude Code under the names of its telemetry', async () => {
  exporter = await startExporter({ claudeCodeNames: true });
  store(
    delta({ model: 'm', input: 1, cacheWrite5m: 2, cacheWrite1h: 3, cacheRead: 4, output: 5, costUsd: 0.5 }),
    delta({ source: 'codex', provider: 'openai', model: 'm', input: 1000, costUsd: 9 }),
  );
  const lines = (await scrape(exporter)).split('\n').filter((line) => line.startsWith('claude_code_'));
  expect(lines).toEqual([
    'claude_code_token_usage_tokens_total{type="input",model="m"} 1',
    'claude_code_token_usage_tokens_total{type="output",model="m"} 5',
    'claude_code_token_usage_tokens_total{type="cacheRead",model="m"} 4',
    'claude_code_token_usage_tokens_total{type="cacheCreation",model="m"} 5',
    'claude_code_cost_usage_USD_total{model="m"} 0.5',
  ]);
});
