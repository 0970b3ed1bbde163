/** AWS's Cost and Usage Report in its two generations of names, and the truth of Bedrock's lines. */
import { type BillTruth, type Charge, dayOf, type GeneratedBill, nanosOf } from './bill-truth.ts';
import { DAY, HOUR } from './clock.ts';
import { Prng } from './prng.ts';
import { type TableWriting, type TextRow, writeTable } from './table-text.ts';

/** `cur2`: CUR 2.0. `legacy`: the report before it. */
export const BEDROCK_VARIANTS = ['cur2', 'legacy'] as const;

export interface BedrockOptions extends TableWriting {
  seed: string | number;
  from: number;
  until: number;
  /** Writes only the days from here on, and before there. */
  shownFrom?: number;
  shownUntil?: number;
  variant?: (typeof BEDROCK_VARIANTS)[number];
  /** What is charged for, instead of anything. */
  charges?: readonly Charge[];
}

/** What a line of tokens says, for a reader that takes the report as usage. */
export interface BedrockTokens {
  ts: number;
  model: string;
  kind: 'input' | 'output' | 'cache_read' | 'cache_write_5m' | 'cache_write_1h';
  tokens: number;
}

const LEGACY: Record<string, string> = {
  line_item_usage_start_date: 'lineItem/UsageStartDate',
  line_item_usage_end_date: 'lineItem/UsageEndDate',
  line_item_product_code: 'lineItem/ProductCode',
  line_item_line_item_type: 'lineItem/LineItemType',
  line_item_usage_type: 'lineItem/UsageType',
  line_item_usage_amount: 'lineItem/UsageAmount',
  pricing_unit: 'pricing/unit',
  line_item_unblended_cost: 'lineItem/UnblendedCost',
  line_item_net_unblended_cost: 'lineItem/NetUnblendedCost',
  line_item_currency_code: 'lineItem/CurrencyCode',
  line_item_usage_account_id: 'lineItem/UsageAccountId',
};

/** Usage type, unit, model and kind of token. */
const TOKENS: readonly (readonly [string, '1K tokens' | '1M tokens', string, BedrockTokens['kind']])[] = [
  ['USE1-Claude4.6Opus-input-tokens-cross-region-global', '1K tokens', 'claude-opus-4-6', 'input'],
  ['USE1-Claude4.6Opus-output-tokens-cross-region-global', '1K tokens', 'claude-opus-4-6', 'output'],
  [
    'EUC1-Claude4Sonnet-cache-write-input-token-count-1-hour',
    '1K tokens',
    'claude-sonnet-4',
    'cache_write_1h',
  ],
  ['EUC1-Claude4Sonnet-cache-write-input-token-count', '1K tokens', 'claude-sonnet-4', 'cache_write_5m'],
  ['USW2-Claude3.5Sonnet-cache-read-input-token-count', '1K tokens', 'claude-3-5-sonnet', 'cache_read'],
  ['USE1-NovaLite-input-tokens-priority', '1K tokens', 'nova-lite', 'input'],
  [
    'USW2-anthropic.claude-opus-4-8-mantle-cache-write-tokens-global-standard',
    '1M tokens',
    'claude-opus-4-8',
    'cache_write_5m',
  ],
];
/** Usage type, type of line, unit. */
const MONEY = [
  ['USE1-ProvisionedThroughput-Claude3Haiku', 'Usage', 'Hrs'],
  ['', 'Tax', ''],
  ['', 'Credit', ''],
] as const;

export function generateBedrock(options: BedrockOptions): GeneratedBill & { tokens: BedrockTokens[] } {
  const { shownFrom = -Infinity, shownUntil = Infinity, variant = 'cur2' } = options;
  const prng = new Prng(options.seed).fork('bedrock');
  const named = (name: string): string => (variant === 'legacy' ? (LEGACY[name] ?? name) : name);
  const [rows, truth, tokens]: [TextRow[], BillTruth[], BedrockTokens[]] = [[], [], []];
  for (let day = options.from; day < options.until; day += DAY)
    for (const line of options.charges ? chargedLines(options.charges, day) : linesOf(prng, day)) {
      if (day < shownFrom || day >= shownUntil) continue;
      rows.push(Object.fromEntries(Object.entries(line.cells).map(([name, cell]) => [named(name), cell])));
      if (line.truth) truth.push(line.truth);
      if (line.tokens) tokens.push(line.tokens);
    }
  const header = Object.keys(LEGACY).map(named);
  const content = writeTable(new Prng(options.seed).fork('writing'), header, rows, options);
  return { file: { path: 'cur-00001.csv', content }, truth, tokens };
}

interface Line {
  cells: Record<string, string>;
  truth?: BillTruth;
  tokens?: BedrockTokens;
}

const CHARGED: Partial<Record<Charge['kind'], string>> = {
  input: 'input-tokens',
  cacheRead: 'cache-read-input-token-count',
  cacheWrite5m: 'cache-write-input-token-count',
  cacheWrite1h: 'cache-write-input-token-count-1-hour',
  output: 'output-tokens',
};

/** Models are `claude-<family>-<version>`. */
function* chargedLines(charges: readonly Charge[], of: number): Iterable<Line> {
  for (const { model, kind, project, tokens, dollars } of charges.filter(({ day }) => day === of)) {
    const [, family = '', version = ''] = /^claude-([a-z]+)-([0-9-]+)$/.exec(model)!;
    const name = `${version.replace('-', '.')}${family[0]!.toUpperCase()}${family.slice(1)}`;
    const usageType = `USE1-Claude${name}-${CHARGED[kind]}`;
    const cost = dollars.toFixed(9);
    const cells = {
      line_item_usage_start_date: new Date(of).toISOString(),
      line_item_usage_end_date: new Date(of + DAY).toISOString(),
      line_item_product_code: 'AmazonBedrock',
      line_item_line_item_type: 'Usage',
      line_item_usage_type: usageType,
      line_item_usage_amount: (tokens / 1000).toFixed(3),
      pricing_unit: '1K tokens',
      line_item_unblended_cost: cost,
      line_item_currency_code: 'USD',
      line_item_usage_account_id: project,
    };
    const named = { day: dayOf(of), model, lineItem: usageType, project, user: '' };
    yield { cells, truth: { ...named, nanos: nanosOf(cost), currency: 'USD' } };
  }
}

function* linesOf(prng: Prng, day: number): Iterable<Line> {
  for (const [usageType, unit, model, kind] of TOKENS) {
    const ts = day + prng.int(0, 23) * HOUR;
    const count = prng.magnitude(10, 90_000_000);
    const size = unit === '1M tokens' ? 1_000_000 : 1000;
    const amount = (count / size).toFixed(6);
    const line = lineOf(prng, { ts, usageType, type: 'Usage', unit, amount, model });
    line.tokens = { ts, model, kind, tokens: count };
    yield line;
    // lines alike in all but how much, which both count
    if (prng.chance(0.2)) yield lineOf(prng, { ts, usageType, type: 'Usage', unit, amount: '0', model });
  }
  for (const [usageType, type, unit] of MONEY)
    if (prng.chance(0.5)) yield lineOf(prng, { ts: day, usageType, type, unit, amount: '1', model: '' });
  const elsewhere = lineOf(prng, {
    ts: day,
    usageType: 'USE1-BoxUsage:m5',
    type: 'Usage',
    unit: 'Hrs',
    amount: '1',
    model: '',
  });
  yield { cells: { ...elsewhere.cells, line_item_product_code: 'AmazonEC2' } };
}

interface Drawn {
  ts: number;
  usageType: string;
  type: string;
  unit: string;
  amount: string;
  model: string;
}

function lineOf(prng: Prng, { ts, usageType, type, unit, amount, model }: Drawn): Line {
  const cost = `${type === 'Credit' ? '-' : ''}${prng.int(0, 40)}.${prng.int(1e9, 9e9)}`;
  const net = prng.chance(0.3) ? `${prng.int(0, 9)}.5` : '';
  const account = '111122223333';
  return {
    cells: {
      line_item_usage_start_date: new Date(ts).toISOString(),
      line_item_usage_end_date: new Date(ts + HOUR).toISOString(),
      line_item_product_code: prng.pick(['AmazonBedrock', 'AmazonBedrockFoundationModels']),
      line_item_line_item_type: type,
      line_item_usage_type: usageType,
      line_item_usage_amount: amount,
      pricing_unit: unit,
      line_item_unblended_cost: cost,
      line_item_net_unblended_cost: net,
      line_item_currency_code: 'USD',
      line_item_usage_account_id: account,
    },
    truth: {
      day: dayOf(ts),
      model,
      lineItem: usageType || type,
      project: account,
      user: '',
      nanos: nanosOf(net || cost),
      currency: 'USD',
    },
  };
}
