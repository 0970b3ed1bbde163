/** OpenAI's exports of usage in every variant seen, and the truth of each row. */
import { DAY, HOUR, MINUTE } from './clock.ts';
import { Prng } from './prng.ts';
import type { WeightedModels } from './tokens.ts';
import {
  drawTime,
  type ExportOptions,
  type ExportRow,
  type ExportTruth,
  plainTruth,
  saidTags,
  scaled,
  type UsageExport,
} from './usage-export.ts';

/** By the year of the header; `embeddings` has no output, `nothing` is a period without usage. */
export const OPENAI_VARIANTS = ['2025', '2026', 'embeddings', 'nothing'] as const;
export type OpenaiVariant = (typeof OPENAI_VARIANTS)[number];

export interface OpenaiOptions extends ExportOptions {
  variant?: OpenaiVariant;
  /** How long a bucket is; a day by default. */
  bucket?: '1m' | '1h' | '1d';
  models?: WeightedModels;
}

const TIMES = ['start_time', 'end_time', 'start_time_iso', 'end_time_iso'];
const GROUPS = [
  'project_id',
  'num_model_requests',
  'user_id',
  'api_key_id',
  'model',
  'batch',
  'service_tier',
];
const KINDS =
  'input_text_tokens,output_text_tokens,input_cached_text_tokens,input_audio_tokens,input_cached_audio_tokens,' +
  'output_audio_tokens,input_image_tokens,input_cached_image_tokens,output_image_tokens';
const IN_OUT = ['input_tokens', 'output_tokens', 'input_cached_tokens'];

const HEADERS: Record<OpenaiVariant, readonly string[]> = {
  '2025': [...TIMES, ...GROUPS, ...IN_OUT, 'input_uncached_tokens', ...KINDS.split(',')],
  '2026': [
    ...TIMES,
    ...GROUPS,
    'compute_units',
    ...IN_OUT,
    'input_cache_write_tokens',
    'input_uncached_tokens',
    ...KINDS.split(','),
  ],
  embeddings: [...TIMES, ...GROUPS.slice(0, 5), 'input_tokens'],
  nothing: TIMES,
};

const BUCKETS = { '1m': MINUTE, '1h': HOUR, '1d': DAY };
const MODELS: WeightedModels = [
  ['gpt-5.4', 4],
  ['gpt-5-mini-2025-08-07', 3],
  ['gpt-4o-audio-preview', 1],
];
const TIERS = [
  ['default', 6],
  ['flex', 2],
  ['priority', 2],
  ['incentivized-tier', 1],
  ['', 1],
] as const;

export function generateOpenaiUsage(options: OpenaiOptions): UsageExport {
  const variant = options.variant ?? '2026';
  const prng = new Prng(options.seed).fork('openai-usage');
  const rows = Array.from({ length: options.rows }, () => drawRow(prng, options, variant));
  return { header: HEADERS[variant], rows };
}

function drawRow(prng: Prng, options: OpenaiOptions, variant: OpenaiVariant): ExportRow {
  const bucket = options.bucket ?? '1d';
  const length = BUCKETS[bucket];
  const ts = Math.floor(drawTime(prng, options) / length) * length;
  const times = timeCells(prng, ts, ts + length);
  if (variant === 'nothing' || (quirks(options) && prng.chance(0.15)))
    return { ts, cells: times, truth: undefined };
  const groups = drawGroups(prng, options, variant);
  const counts = drawCounts(prng, options, variant);
  const cells = { ...times, ...groupCells(groups), ...countCells(prng, counts) };
  return { ts, cells, truth: truthOf(ts, bucket, groups, counts) };
}

function truthOf(
  ts: number,
  bucket: string,
  groups: ReturnType<typeof drawGroups>,
  counts: ReturnType<typeof drawCounts>,
): ExportTruth {
  const { speed, tag } = speedOf(groups.batch, groups.tier);
  return {
    ...plainTruth({ ts, grain: 'bucket', provider: 'openai', model: groups.model }),
    requests: counts.requests,
    user: groups.user,
    project: groups.project,
    input: counts.input - counts.cached - counts.written,
    cacheWrite5m: counts.written,
    cacheRead: counts.cached,
    output: counts.output,
    speed,
    tags: saidTags({ api_key_id: groups.key, bucket, service_tier: tag }),
  };
}

function groupCells(groups: ReturnType<typeof drawGroups>): Record<string, string> {
  return {
    project_id: groups.project,
    user_id: groups.user,
    api_key_id: groups.key,
    model: groups.model,
    batch: groups.batch ? 'True' : 'False',
    service_tier: groups.tier,
  };
}

/** Epoch seconds; the ISO cells have a zone in some rows only, and are UTC all the same. */
function timeCells(prng: Prng, start: number, end: number): Record<string, string> {
  const zone = prng.pick(['', '+00:00']);
  const iso = (ts: number) => new Date(ts).toISOString().slice(0, 19) + zone;
  return {
    start_time: String(start / 1000),
    end_time: String(end / 1000),
    start_time_iso: iso(start),
    end_time_iso: iso(end),
  };
}

const quirks = (options: ExportOptions): boolean => options.quirks ?? true;

function drawGroups(prng: Prng, options: OpenaiOptions, variant: OpenaiVariant) {
  const tiered = variant !== 'embeddings';
  return {
    project: prng.pick(options.projects ?? ['proj_web', 'proj_api', '']),
    user: prng.pick(options.users ?? ['user-ada', 'user-bob', '']),
    key: prng.pick(['key_one', 'key_two', '']),
    model: tiered ? prng.weighted(options.models ?? MODELS) : 'text-embedding-3-small',
    batch: tiered && quirks(options) && prng.chance(0.2),
    tier: !tiered ? '' : quirks(options) ? prng.weighted(TIERS) : 'default',
  };
}

function speedOf(batch: boolean, tier: string): { speed: ExportTruth['speed']; tag: string } {
  const known = tier === 'flex' || tier === 'priority';
  const speed = batch ? 'batch' : known ? tier : 'standard';
  return { speed, tag: tier === '' || tier === 'default' || tier === speed ? '' : tier };
}

function drawCounts(prng: Prng, options: OpenaiOptions, variant: OpenaiVariant) {
  const input = prng.magnitude(1, scaled(50_000_000, options));
  const embeddings = variant === 'embeddings';
  const cached = !embeddings && prng.chance(0.6) ? prng.int(0, input) : 0;
  const written = variant === '2026' && quirks(options) && prng.chance(0.4) ? prng.int(0, input - cached) : 0;
  const output = embeddings ? 0 : prng.magnitude(1, scaled(2_000_000, options));
  return { requests: prng.magnitude(1, scaled(5000, options)), input, cached, written, output };
}

/** Whether tokens written to the cache are among the uncached ones is told both ways. */
function countCells(prng: Prng, counts: ReturnType<typeof drawCounts>): Record<string, string> {
  const { requests, input, cached, written, output } = counts;
  const audio = Math.floor((input - cached) / 3);
  return {
    num_model_requests: float(requests),
    input_tokens: float(input),
    output_tokens: float(output),
    input_cached_tokens: float(cached),
    input_cache_write_tokens: float(written),
    input_uncached_tokens: float(input - cached - (prng.chance(0.5) ? written : 0)),
    input_text_tokens: float(input - cached - audio),
    input_audio_tokens: float(audio),
    output_text_tokens: float(output),
    input_cached_text_tokens: float(cached),
    output_audio_tokens: '0.0',
    input_image_tokens: '0.0',
  };
}

/** Whole numbers as software that knows only floats writes them. */
function float(value: number): string {
  return `${value}.0`;
}
