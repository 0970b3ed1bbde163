/** Langfuse's observations, and the truth of those that carry usage. */
import { Prng } from './prng.ts';
import {
  drawTime,
  type ExportOptions,
  type ExportRow,
  type ExportTruth,
  plainTruth,
  saidTags,
  toldDollars,
  type UsageExport,
} from './usage-export.ts';

/** `blob`: files of a bucket, in snake case. `table`: the export of a table, in camel case. */
export const LANGFUSE_VARIANTS = ['blob', 'table'] as const;

export interface LangfuseOptions extends ExportOptions {
  variant?: (typeof LANGFUSE_VARIANTS)[number];
}

const BLOB = (
  'id,trace_id,project_id,environment,type,start_time,end_time,name,level,input,provided_model_name,' +
  'usage_details,cost_details,total_cost,latency,user_id,session_id,trace_name'
).split(',');
const CAMEL: Record<string, string> = { provided_model_name: 'model', total_cost: 'calculatedTotalCost' };
const camel = (name: string): string =>
  CAMEL[name] ?? name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

export const LANGFUSE_LINES = {
  numbers: ['total_cost', 'latency'],
  json: ['usage_details', 'cost_details', 'input'],
};

const MODELS = [
  ['claude-sonnet-4-5', 'anthropic'],
  ['gpt-4o', 'openai'],
  ['gemini-2.5-flash', 'google'],
] as const;

/** Spellings of the buckets, by the integrations that write them. */
const SPELLINGS = [
  {
    input: 'input',
    cacheWrite5m: 'input_cache_creation_5m',
    cacheWrite1h: 'input_cache_creation_1h',
    cacheRead: 'input_cached_tokens',
    output: 'output',
    reasoning: 'output_reasoning_tokens',
  },
  {
    input: 'prompt_tokens',
    cacheWrite5m: 'cache_creation_input_tokens',
    cacheWrite1h: 'cache_creation_input_tokens_1h',
    cacheRead: 'cache_read_input_tokens',
    output: 'completion_tokens',
    reasoning: 'output_reasoning',
  },
] as const;

export function generateLangfuse({ variant = 'blob', ...options }: LangfuseOptions): UsageExport {
  const prng = new Prng(options.seed).fork('langfuse');
  const named = (name: string): string => (variant === 'table' ? camel(name) : name);
  const rows = Array.from({ length: options.rows }, () => {
    const row = prng.chance(0.3) ? drawSpan(prng, options) : drawGeneration(prng, options);
    const cells = Object.entries(row.cells).map(([name, cell]) => [named(name), cell]);
    return { ...row, cells: Object.fromEntries(cells) as Record<string, string> };
  });
  return { header: BLOB.map(named), rows };
}

const time = (ts: number): string => `${new Date(ts).toISOString().replace('T', ' ').slice(0, 23)}000`;

function drawSpan(prng: Prng, options: ExportOptions): ExportRow {
  const ts = drawTime(prng, options);
  const cells = {
    id: prng.hex(16),
    type: prng.pick(['SPAN', 'EVENT', 'TOOL', 'CHAIN']),
    start_time: time(ts),
    usage_details: prng.pick(['{}', '']),
    latency: '1.5',
  };
  return { ts, cells, truth: undefined };
}

function drawGeneration(prng: Prng, options: ExportOptions): ExportRow {
  const ts = drawTime(prng, options);
  const [model, provider] = prng.pick(MODELS);
  const failed = prng.chance(0.1);
  const counts = failed ? NOTHING : drawCounts(prng);
  const ms = prng.int(1, 90_000);
  const used = {
    ts,
    grain: 'request' as const,
    provider,
    model,
    ...counts,
    output: counts.output + counts.reasoning,
  };
  const cost = failed ? '' : toldDollars(used, options, () => (prng.int(0, 9e6) / 1e6).toFixed(6));
  const inColumn = prng.chance(0.5);
  const [id, user, name] = [
    prng.hex(16),
    prng.pick(options.users ?? ['ada', 'bob', '']),
    prng.pick(['answer', 'a, "b"']),
  ];
  const project = options.projects ? prng.pick(options.projects) : 'p-1';
  const cells = {
    id,
    trace_id: 't-1',
    project_id: project,
    environment: 'production',
    type: prng.chance(0.9) ? 'GENERATION' : 'EMBEDDING',
    start_time: time(ts),
    end_time: time(ts + ms),
    name,
    level: failed ? 'ERROR' : 'DEFAULT',
    input: JSON.stringify([{ role: 'user', content: 'a, "b"\nc' }]),
    provided_model_name: model,
    usage_details: failed ? '{}' : JSON.stringify(usageDetails(prng, counts)),
    cost_details: cost === '' ? '{}' : JSON.stringify({ total: Number(cost) }),
    total_cost: inColumn ? cost : '',
    latency: prng.chance(0.8) ? String(ms / 1000) : '',
    user_id: user,
  };
  const tags = {
    environment: 'production',
    name,
    trace_id: 't-1',
    type: cells.type === 'EMBEDDING' ? 'embedding' : '',
  };
  const truth: ExportTruth = {
    ...plainTruth({ ts, grain: 'request', provider, model }),
    user,
    project,
    requestId: id,
    status: failed ? 'error' : 'ok',
    ...counts,
    output: counts.output + counts.reasoning,
    durationMs: ms,
    reportedCostUsd: cost === '' ? undefined : String(Number(cost)),
    tags: saidTags(tags),
  };
  return { ts, cells, truth };
}

const NOTHING = { input: 0, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 0, reasoning: 0 };

/** Buckets as Langfuse has them: reasoning stands beside the output, not in it. */
function drawCounts(prng: Prng): typeof NOTHING {
  return {
    input: prng.magnitude(1, 50_000),
    cacheWrite5m: prng.chance(0.3) ? prng.magnitude(1, 9000) : 0,
    cacheWrite1h: prng.chance(0.2) ? prng.magnitude(1, 9000) : 0,
    cacheRead: prng.chance(0.5) ? prng.magnitude(1, 200_000) : 0,
    output: prng.magnitude(1, 9000),
    reasoning: prng.chance(0.3) ? prng.magnitude(1, 9000) : 0,
  };
}

function usageDetails(prng: Prng, counts: typeof NOTHING): Record<string, number> {
  const spelling = prng.pick(SPELLINGS);
  const buckets = Object.entries(spelling).map(([name, key]): [string, number] => [
    key,
    counts[name as keyof typeof NOTHING],
  ]);
  const told = prng.shuffled(buckets.filter(([, count]) => count > 0));
  const total = told.reduce((sum, [, count]) => sum + count, 0);
  return Object.fromEntries(prng.chance(0.7) ? [...told, ['total', total]] : told);
}
