/** Anthropic's exports of costs in every header seen, and the truth of each line. */
import { type BillTruth, type Charge, dayOf, type GeneratedBill, nanosOf } from './bill-truth.ts';
import { DAY } from './clock.ts';
import { Prng } from './prng.ts';
import { type TableWriting, type TextRow, writeTable } from './table-text.ts';

const COMMON = ['usage_date_utc', 'model', 'workspace', 'api_key', 'usage_type'];
const HEADERS = {
  '2024-12': [...COMMON, 'token_type', 'cost_usd'],
  '2025-12': [...COMMON, 'context_window', 'token_type', 'cost_usd', 'cost_type'],
  '2026-03': [
    ...[...COMMON, 'context_window', 'token_type', 'cost_usd', 'list_price_usd', 'cost_type'],
    ...['inference_geo', 'speed'],
  ],
  '2026-08': [
    ...[...COMMON, 'context_window', 'token_type', 'cost_usd', 'list_price_usd', 'cost_type'],
    ...['inference_geo', 'speed', 'api_key_id', 'api_key_status'],
  ],
} as const;

/** By the month in which each header was first seen. */
export type AnthropicCostVariant = keyof typeof HEADERS;
export const ANTHROPIC_COST_VARIANTS = Object.keys(HEADERS) as AnthropicCostVariant[];

export interface AnthropicCostOptions extends TableWriting {
  seed: string | number;
  /** Another value: the same lines with other amounts, as a later export corrects them. */
  amounts?: number;
  /** Writes only the days from here on, and before there. */
  shownFrom?: number;
  shownUntil?: number;
  /** Milliseconds since the epoch: UTC days from the first up to, not including, `until`. */
  from: number;
  until: number;
  variant?: AnthropicCostVariant;
  /** Lines of a day, at most. Default 8. */
  lines?: number;
  /** Share of days without usage, which are not in the file. Default 0.1. */
  absent?: number;
  /** `YYYY-MM-DD HH:MM` instead of `YYYY-MM-DD`. */
  minutes?: boolean;
  /** What is charged for, instead of anything. */
  charges?: readonly Charge[];
  name?: string;
}

/** As the console names them, and the ids of usage. */
const MODELS = [
  ['Claude Opus 4.6', 'claude-opus-4-6'],
  ['Claude Sonnet 4.5', 'claude-sonnet-4-5'],
  ['Claude Sonnet 4', 'claude-sonnet-4'],
  ['Claude Haiku 3.5', 'claude-3-5-haiku'],
  ['Claude 3 Opus', 'claude-3-opus'],
  ['Claude Demo Preview (internal)', 'Claude Demo Preview (internal)'],
  ['', ''],
] as const;
const TOKEN_TYPES = [
  'input_no_cache',
  'input_cache_read',
  'input_cache_write_5m',
  'input_cache_write_1h',
  'output',
];

export function generateAnthropicCost(options: AnthropicCostOptions): GeneratedBill {
  const prng = new Prng(options.seed).fork('anthropic-cost');
  const amounts = prng.fork(`amounts ${options.amounts ?? 0}`);
  const lines: AnthropicCostLine[] = (options.charges ?? []).map((charge) => chargedLine(charge));
  for (let day = options.from; day < options.until && !options.charges; day += DAY) {
    if (prng.chance(options.absent ?? 0.1)) continue;
    // so few dimensions that lines alike in all of them are common: all of them are true
    for (let more = prng.int(1, options.lines ?? 8); more > 0; more--)
      lines.push(drawLine(prng, amounts, day, options.minutes ?? false));
  }
  const header = HEADERS[options.variant ?? '2026-08'];
  const path = options.name ?? `claude_api_cost_${dayOf(options.from).slice(0, 7).replace('-', '_')}.csv`;
  const from = dayOf(options.shownFrom ?? options.from);
  const until = dayOf(options.shownUntil ?? options.until);
  const shown = lines.filter(({ truth }) => truth.day >= from && truth.day < until);
  const rows = shown.map((line) => line.row);
  return {
    file: { path, content: writeTable(prng, header, rows, options) },
    truth: shown.map((line) => line.truth),
  };
}

interface AnthropicCostLine {
  row: TextRow;
  truth: BillTruth;
}

const CHARGED: Record<Charge['kind'], string> = {
  input: 'input_no_cache',
  cacheRead: 'input_cache_read',
  cacheWrite5m: 'input_cache_write_5m',
  cacheWrite1h: 'input_cache_write_1h',
  output: 'output',
  search: 'web_search',
};

/** Rounded to cents. Models are `claude-<family>-<version>`. */
function chargedLine({ day, model, kind, project, dollars }: Charge): AnthropicCostLine {
  const [, family, version = ''] = /^claude-([a-z]+)-([0-9-]+)$/.exec(model) ?? [];
  const display =
    family && `Claude ${family[0]!.toUpperCase()}${family.slice(1)} ${version.replace('-', '.')}`;
  const cost = dollars.toFixed(2);
  const row: TextRow = {
    ...{ usage_date_utc: dayOf(day), model: display ?? model, workspace: project, api_key: 'backend' },
    ...{ usage_type: 'message', context_window: '≤ 200k', token_type: CHARGED[kind], cost_usd: cost },
    ...{ list_price_usd: cost, cost_type: kind === 'search' ? 'web_search' : 'token' },
    ...{ inference_geo: 'not_available', api_key_id: 'apikey_01DEMO', api_key_status: 'active' },
  };
  const named = { day: dayOf(day), model, lineItem: CHARGED[kind], project, user: '' };
  return { row, truth: { ...named, nanos: nanosOf(cost), currency: 'USD' } };
}

function drawLine(prng: Prng, amounts: Prng, ts: number, minutes: boolean): AnthropicCostLine {
  const [display, model] = prng.pick(MODELS);
  // what is charged for no model is no token either; the oldest header then says nothing but a cost
  const lineItem = model === '' ? 'web_search' : prng.pick(TOKEN_TYPES);
  const workspace = prng.pick(['Default', 'Forschung & Entwicklung']);
  const cost = drawCents(amounts);
  const row: TextRow = {
    usage_date_utc: minutes ? `${dayOf(ts)} 00:00` : dayOf(ts),
    model: display,
    workspace,
    api_key: prng.pick(['demo-key', 'clé de démo, "2"']),
    usage_type: prng.pick(['message', 'batch']),
    context_window: prng.pick(['≤ 200k', '> 200k']),
    token_type: lineItem,
    cost_usd: cost,
    list_price_usd: cost,
    cost_type: model === '' ? 'web_search' : 'token',
    inference_geo: prng.pick(['not_available', 'us']),
    speed: prng.pick(['', 'fast']),
    api_key_id: 'apikey_01DEMO',
    api_key_status: prng.pick(['active', 'archived']),
  };
  const truth: BillTruth = {
    day: dayOf(ts),
    model,
    lineItem,
    project: workspace,
    user: '',
    nanos: nanosOf(cost),
    currency: 'USD',
  };
  return { row, truth };
}

function drawCents(prng: Prng): string {
  const sign = prng.chance(0.05) ? '-' : '';
  return `${sign}${prng.int(0, 60)}.${String(prng.int(0, 99)).padStart(2, '0')}`;
}
