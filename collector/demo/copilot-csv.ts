/** GitHub's reports of Copilot usage in every header seen, and the truth of each row. */
import { DAY } from './clock.ts';
import { credits, premium } from './copilot-units.ts';
import { Prng } from './prng.ts';
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

/** By the number of columns; `14` and `18` stand in another order and lack some of them. */
export const COPILOT_VARIANTS = ['6', '15', '17', '21', '14', '18'] as const;
export type CopilotVariant = (typeof COPILOT_VARIANTS)[number];

export interface CopilotOptions extends ExportOptions {
  variant?: CopilotVariant;
}

const START = ['date', 'username', 'product', 'sku', 'model', 'quantity', 'unit_type'];
const MONEY = ['applied_cost_per_quantity', 'gross_amount', 'discount_amount', 'net_amount'];
const CREDITS = ['aic_quantity', 'aic_gross_amount'];
const TOKENS = ['input', 'output', 'cache_read', 'cache_write'];
const LATER = ['total_monthly_quota', 'organization', 'repository', 'cost_center_name', ...CREDITS];
const OTHER = [
  'date',
  'product',
  'sku',
  'quantity',
  'unit_type',
  ...MONEY,
  'username',
  'organization',
  'repository',
];

const HEADERS: Record<CopilotVariant, readonly string[]> = {
  '6': ['Timestamp', 'User', 'Model', 'Requests Used', 'Exceeds Monthly Quota', 'Total Monthly Quota'],
  '15': [...START, ...MONEY, 'exceeds_quota', 'total_monthly_quota', 'organization', 'cost_center_name'],
  '17': [...START, ...MONEY, ...LATER],
  '21': [...START, ...MONEY, ...LATER, ...TOKENS],
  '14': [...OTHER, 'cost_center_name', 'model'],
  '18': [...OTHER, 'cost_center_name', 'model', ...TOKENS],
};

/** As the report names it, the model in it, and who makes that. */
const MODELS = [
  ['Claude Sonnet 4.5', 'Claude Sonnet 4.5', 'anthropic'],
  ['Auto: claude-sonnet-4', 'claude-sonnet-4', 'anthropic'],
  ['gpt-5.4', 'gpt-5.4', 'openai'],
  ['Code Review model', 'Code Review model', ''],
  ['Coding Agent model', 'Coding Agent model', ''],
] as const;

export function generateCopilot(options: CopilotOptions): UsageExport {
  const variant = options.variant ?? '21';
  const prng = new Prng(options.seed).fork('copilot');
  const rows = Array.from({ length: options.rows }, () =>
    variant === '6' ? drawRequest(prng, options) : drawDay(prng, options, HEADERS[variant]),
  );
  return { header: HEADERS[variant], rows };
}

function drawRequest(prng: Prng, options: CopilotOptions): ExportRow {
  const ts = drawTime(prng, options);
  const [named, model, provider] = prng.pick(MODELS);
  const user = prng.pick(options.users ?? ['ada', 'bob', 'zoë']);
  const used = prng.pick(['1', '0', '0.33', '10.50']);
  const exceeds = prng.chance(0.3);
  const quota = prng.pick(['300', '1000', 'Unlimited']);
  const truth: ExportTruth = {
    ...plainTruth({ ts, grain: 'request', provider, model }),
    user,
    billable: exceeds,
    tags: saidTags({
      premium_requests: used,
      auto: named === model ? '' : 'true',
      exceeds_quota: String(exceeds),
      monthly_quota: quota,
    }),
  };
  const cells = {
    // seven digits of a second
    Timestamp: new Date(ts).toISOString().replace('Z', `${prng.int(1000, 9999)}Z`),
    User: user,
    Model: named,
    'Requests Used': used,
    'Exceeds Monthly Quota': exceeds ? 'True' : 'False',
    'Total Monthly Quota': quota,
  };
  return { ts, cells, truth };
}

function drawDay(prng: Prng, options: CopilotOptions, header: readonly string[]): ExportRow {
  const day = {
    ts: Math.floor(drawTime(prng, options) / DAY) * DAY,
    named: prng.pick(MODELS),
    used:
      header.includes('exceeds_quota') || prng.chance(0.3)
        ? premium(prng)
        : credits(prng, scaled(90_000, options)),
    user: prng.pick(options.users ?? ['ada', 'bob', '']),
    organization: prng.pick(['acme', '']),
    repository: prng.pick(options.projects ?? ['acme/webshop', 'acme/docs', '']),
    costCenter: prng.pick(['', 'Research, new']),
    quota: prng.pick(['300', '1900']),
    tokens: drawTokens(prng, options),
  };
  return { ts: day.ts, cells: dayCells(day), truth: dayTruth(day, header) };
}

interface CopilotDay {
  ts: number;
  named: (typeof MODELS)[number];
  used: ReturnType<typeof premium>;
  user: string;
  organization: string;
  repository: string;
  costCenter: string;
  quota: string;
  tokens: ReturnType<typeof drawTokens>;
}

function dayTruth(day: CopilotDay, header: readonly string[]): ExportTruth {
  const { used, tokens } = day;
  const [named, model, provider] = day.named;
  const told = (column: string, value: string) => (header.includes(column) ? value : '');
  return {
    ...plainTruth({ ts: day.ts, grain: 'bucket', provider, model }),
    requests: used.requests,
    user: day.user,
    project: told('repository', day.repository),
    ...(header.includes('input') ? tokens : {}),
    reportedCostUsd: used.gross,
    billable: Number(used.net) > 0,
    tags: saidTags({
      product: 'copilot',
      sku: used.sku,
      [used.tag]: used.quantity,
      auto: named === model ? '' : 'true',
      exceeds_quota: told('exceeds_quota', String(used.exceeds)),
      monthly_quota: told('total_monthly_quota', day.quota),
      organization: day.organization,
      cost_center: day.costCenter,
      discount_amount: Number(used.discount) === 0 ? '' : used.discount,
      net_amount: used.net,
      aic_quantity: told('aic_quantity', used.inCredits),
      aic_gross_amount: told('aic_gross_amount', used.inCredits),
    }),
  };
}

function dayCells({ ts, named, used, tokens, ...day }: CopilotDay): Record<string, string> {
  return {
    date: new Date(ts).toISOString().slice(0, 10),
    username: day.user,
    product: 'copilot',
    sku: used.sku,
    model: named[0],
    quantity: used.quantity,
    unit_type: used.unit,
    applied_cost_per_quantity: used.price,
    gross_amount: used.gross,
    discount_amount: used.discount,
    net_amount: used.net,
    exceeds_quota: used.exceeds ? 'True' : 'False',
    total_monthly_quota: day.quota,
    organization: day.organization,
    repository: day.repository,
    cost_center_name: day.costCenter,
    aic_quantity: used.inCredits || '0',
    aic_gross_amount: used.inCredits || '0',
    input: String(tokens.input),
    output: String(tokens.output),
    cache_read: tokens.cacheRead === 0 ? '' : String(tokens.cacheRead),
    cache_write: String(tokens.cacheWrite5m),
  };
}

function drawTokens(prng: Prng, options: CopilotOptions) {
  const input = scaled(900_000, options);
  return {
    input: prng.magnitude(1, input),
    output: prng.magnitude(1, scaled(90_000, options)),
    cacheRead: prng.chance(0.8) ? prng.magnitude(1, 10 * input) : 0,
    cacheWrite5m: prng.chance(0.5) ? prng.magnitude(1, input) : 0,
  };
}
