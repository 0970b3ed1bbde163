/**
 * Row 9: a scrape of `/metrics` when it has as many series as it ever gets: more models were used than
 * labels are given for, and the names of Claude Code's own telemetry are on. Beside it a server that
 * answers with the same bytes.
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { responseLine } from './data/appended.ts';
import { compare, type Measurement } from './measuring/measurement.ts';
import type { Context, Scenario } from './measuring/scenario.ts';
import { startPlain } from './plain.ts';
import { Collector, environment } from './tallyd.ts';

/** More than the 500 combinations of model, provider and source that have series of their own. */
const MODELS = 600;
const SCRAPES = 50;

export const scrape: Scenario = {
  name: 'scrape',
  rows: [9],
  about: 'a scrape of /metrics at full cardinality',
  measure,
};

async function measure(context: Context): Promise<Measurement[]> {
  const scrapes = context.entries ?? SCRAPES;
  const home = join(context.scratch, 'home');
  const file = join(home, '.claude/projects/-home-ada/session.jsonl');
  mkdirSync(join(home, '.claude/projects/-home-ada'), { recursive: true });
  writeFileSync(file, line(0));
  const collector = await Collector.start(environment(home, { TALLYD_CLAUDE_CODE_METRICS: 'true' }));
  // only what comes while it runs is counted
  appendFileSync(file, Array.from({ length: MODELS }, (_, model) => line(model + 1)).join(''));
  const url = `${collector.url('metrics')}/metrics`;
  const body = await full(url);
  const series = body.split('\n').filter((one) => one !== '' && !one.startsWith('#')).length;
  const kept = join(context.scratch, 'metrics.txt');
  writeFileSync(kept, body);
  const plain = await startPlain('file', kept);
  const times: { tallyd: number[]; plain: number[] } = { tallyd: [], plain: [] };
  for (let turn = 0; turn < scrapes; turn++) {
    times.tallyd.push(await timed(url, 'llm_tokens_total'));
    times.plain.push(await timed(plain.url, 'llm_tokens_total'));
  }
  await plain.end();
  await collector.end();
  const work = `a scrape of ${series.toLocaleString('en')} series (${(body.length / 1000).toFixed(0)} kB), ${scrapes} times`;
  return [
    compare({
      ...{
        row: 9,
        id: 'scrape/plain/time',
        work,
        pair: 'a server that answers with the same bytes',
        measure: 'time',
      },
      ...{ unit: 'ms', goal: { of: 'value', atMost: 20 } },
      tallyd: times.tallyd,
      other: times.plain,
    }),
  ];
}

function line(model: number): string {
  const sessionId = '00000000-0000-4000-8000-000000000000';
  const named = { model: `claude-model-${model}`, output: 100 };
  return `${responseLine({ id: `request-${model}`, ts: Date.now(), sessionId, ...named })}\n`;
}

/** Scrapes until every token that was appended is counted: no series is missing, nothing is counted twice. */
async function full(url: string): Promise<string> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const body = await (await fetch(url)).text();
    const counted = [...body.matchAll(/^llm_tokens_total\{[^}]*type="output"[^}]*\} (\S+)/gm)];
    const sum = counted.reduce((total, [, value]) => total + Number(value), 0);
    if (sum === MODELS * 100) return body;
    if (Date.now() > deadline)
      throw new Error(`/metrics counts ${sum} output tokens instead of ${MODELS * 100}`);
    await wait(50);
  }
}

/** Until the last byte is there, in milliseconds. */
async function timed(url: string, holds: string): Promise<number> {
  const begun = performance.now();
  const text = await (await fetch(url)).text();
  const took = performance.now() - begun;
  if (!text.includes(holds)) throw new Error(`${url} answers without ${holds}`);
  return took;
}
