/** Anthropic's exports of tokens in every generation seen, and the truth of each row. */
import { DAY, HOUR } from './clock.ts';
import { Prng } from './prng.ts';
import { CLAUDE_MODELS, type WeightedModels } from './tokens.ts';
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

/** `ttl` tells 5-minute and 1-hour cache writes, `single` one column of them, `reduced` no cache at all. */
export const ANTHROPIC_VARIANTS = ['ttl', 'single', 'reduced'] as const;
export type AnthropicVariant = (typeof ANTHROPIC_VARIANTS)[number];

export interface AnthropicOptions extends ExportOptions {
  variant?: AnthropicVariant;
  /** `YYYY-MM-DD HH:MM` in the place of days. */
  hours?: boolean;
  models?: WeightedModels;
}

const GROUPS = ['usage_date_utc', 'model_version', 'api_key', 'workspace', 'usage_type', 'context_window'];
const PREFIX = 'usage_input_tokens';
const END = ['usage_output_tokens', 'web_search_count', 'inference_geo', 'speed'];

const HEADERS: Record<AnthropicVariant, readonly string[]> = {
  ttl: [
    ...GROUPS,
    `${PREFIX}_no_cache`,
    `${PREFIX}_cache_write_5m`,
    `${PREFIX}_cache_write_1h`,
    `${PREFIX}_cache_read`,
    ...END,
  ],
  single: [
    ...GROUPS,
    `${PREFIX}_no_cache`,
    `${PREFIX}_cache_write`,
    `${PREFIX}_cache_read`,
    ...END.slice(0, 2),
  ],
  reduced: [...GROUPS, `${PREFIX}_no_cache`, ...END],
};

const USAGE_TYPES = [
  ['standard', 6],
  ['message', 2],
  ['batch', 2],
  ['priority', 1],
  ['priority_on_demand', 0.5],
] as const;

export function generateAnthropicUsage(options: AnthropicOptions): UsageExport {
  const variant = options.variant ?? 'ttl';
  const prng = new Prng(options.seed).fork('anthropic-usage');
  const rows = Array.from({ length: options.rows }, () => drawRow(prng, options, variant));
  return { header: HEADERS[variant], rows };
}

function drawRow(prng: Prng, options: AnthropicOptions, variant: AnthropicVariant): ExportRow {
  const unit = options.hours ? HOUR : DAY;
  const ts = Math.floor(drawTime(prng, options) / unit) * unit;
  const written = new Date(ts).toISOString().replace('T', ' ');
  const groups = options.quirks === false ? plainGroups(prng, options) : drawGroups(prng, options);
  const counts = drawCounts(prng, options);
  const cells = {
    usage_date_utc: written.slice(0, options.hours ? 16 : 10),
    model_version: groups.model,
    api_key: groups.key,
    workspace: groups.workspace,
    usage_type: groups.usageType,
    context_window: groups.context,
    [`${PREFIX}_no_cache`]: String(counts.input),
    [`${PREFIX}_cache_write_5m`]: String(counts.written5m),
    [`${PREFIX}_cache_write_1h`]: String(counts.written1h),
    [`${PREFIX}_cache_write`]: String(counts.written5m),
    [`${PREFIX}_cache_read`]: String(counts.read),
    usage_output_tokens: String(counts.output),
    web_search_count: String(counts.searches),
    inference_geo: groups.geo,
    speed: groups.speed,
  };
  return { ts, cells, truth: truthOf(ts, groups, counts, variant) };
}

/** Names of keys may hold anything. */
function drawGroups(prng: Prng, options: AnthropicOptions) {
  return {
    model: prng.weighted(options.models ?? CLAUDE_MODELS),
    key: prng.pick(['backend', 'Ada’s key, old', 'clé "été"', '']),
    workspace: prng.pick(options.projects ?? ['Default', 'Équipe Süd', 'Research, new']),
    usageType: prng.weighted(USAGE_TYPES),
    context: prng.pick(['≤ 200k', '> 200k']),
    geo: prng.pick(['not_available', 'global', 'us', '']),
    speed: prng.chance(0.2) ? 'fast' : '',
  };
}

/** The default tier, which is all that most accounts have. */
function plainGroups(prng: Prng, options: AnthropicOptions): ReturnType<typeof drawGroups> {
  return {
    model: prng.weighted(options.models ?? CLAUDE_MODELS),
    workspace: prng.pick(options.projects ?? ['Default']),
    ...{ key: 'backend', usageType: 'standard', context: '≤ 200k', geo: 'not_available', speed: '' },
  };
}

function drawCounts(prng: Prng, options: AnthropicOptions) {
  const cached = scaled(9_000_000, options);
  return {
    input: prng.magnitude(1, scaled(30_000_000, options)),
    written5m: prng.chance(0.6) ? prng.magnitude(1, cached) : 0,
    written1h: prng.chance(0.3) ? prng.magnitude(1, cached) : 0,
    read: prng.chance(0.7) ? prng.magnitude(1, 10 * cached) : 0,
    output: prng.magnitude(1, scaled(3_000_000, options)),
    searches: prng.chance(0.2) ? prng.int(1, 40) : 0,
  };
}

function truthOf(
  ts: number,
  groups: ReturnType<typeof drawGroups>,
  counts: ReturnType<typeof drawCounts>,
  variant: AnthropicVariant,
): ExportTruth {
  const placed = variant !== 'single';
  const cached = variant !== 'reduced';
  const asked =
    groups.usageType === 'batch' || groups.usageType === 'priority' ? groups.usageType : undefined;
  const fast = placed && groups.speed === 'fast';
  const typed = asked ?? (groups.usageType === 'priority_on_demand' ? groups.usageType : '');
  return {
    ...plainTruth({ ts, grain: 'bucket', provider: 'anthropic', model: groups.model }),
    requests: 0,
    project: groups.workspace,
    input: counts.input,
    cacheWrite5m: cached ? counts.written5m : 0,
    cacheWrite1h: variant === 'ttl' ? counts.written1h : 0,
    cacheRead: cached ? counts.read : 0,
    output: counts.output,
    speed: asked ?? (fast ? 'fast' : 'standard'),
    tags: saidTags({
      api_key: groups.key,
      context_window: groups.context,
      inference_geo: placed && groups.geo !== 'not_available' ? groups.geo : '',
      usage_type: typed === asked ? '' : typed,
      speed: fast && asked ? 'fast' : '',
      web_searches: counts.searches > 0 ? String(counts.searches) : '',
    }),
  };
}
