/** DeepSeek's exports of usage and costs, and the truth of each row. */
import { type BillTruth, type Charge, dayOf, type GeneratedBill, nanosOf } from './bill-truth.ts';
import { DAY, HOUR } from './clock.ts';
import { Prng } from './prng.ts';
import { type TableWriting, type TextRow, writeTable } from './table-text.ts';
import {
  type ExportOptions,
  type ExportRow,
  plainTruth,
  drawTime,
  saidTags,
  scaled,
  type UsageExport,
} from './usage-export.ts';

/** `period`: with its zone, since summer 2026. `day`: a day in UTC, before. */
export const DEEPSEEK_VARIANTS = ['period', 'day'] as const;
export type DeepseekVariant = (typeof DEEPSEEK_VARIANTS)[number];

export interface DeepseekOptions extends ExportOptions {
  variant?: DeepseekVariant;
  models?: readonly string[];
}

const TAIL = ['model', 'api_key_name', 'api_key', 'type', 'price', 'amount'];
const TIMES: Record<DeepseekVariant, readonly string[]> = {
  period: ['user_id', 'start_time_iso', 'end_time_iso'],
  day: ['utc_date'],
};
const TYPES = [
  'input_cache_hit_tokens',
  'input_cache_miss_tokens',
  'output_tokens',
  'request_count',
] as const;
const MODELS = ['deepseek-chat', 'deepseek-reasoner', 'deepseek-v4-pro'];

/** At +08:00, the console's zone in China. */
const zoned = (ts: number): string => `${new Date(ts + 8 * HOUR).toISOString().slice(0, 19)}+08:00`;

function timesOf(variant: DeepseekVariant, ts: number, length: number, user: string): Record<string, string> {
  if (variant === 'day') return { utc_date: dayOf(ts) };
  return { user_id: user, start_time_iso: zoned(ts), end_time_iso: zoned(ts + length) };
}

/** Of an hour. */
const MOST_REQUESTS = 400;

/** `options.rows` rows of the file of amounts. */
export function generateDeepseek({ variant = 'period', ...options }: DeepseekOptions): UsageExport {
  const prng = new Prng(options.seed).fork('deepseek');
  const step = variant === 'day' ? DAY : HOUR;
  const user = options.users?.[0] ?? 'u-1';
  const rows = Array.from({ length: options.rows }, (_, number): ExportRow => {
    const ts = Math.floor(drawTime(prng, options) / step) * step;
    const type = TYPES[number % TYPES.length]!;
    const [model, key, count] = [
      prng.pick(options.models ?? MODELS),
      `key, ${Math.floor(number / 4)}`,
      prng.magnitude(1, type === 'request_count' ? MOST_REQUESTS : scaled(9_000_000, options)),
    ];
    const price = type === 'request_count' ? '' : '0.000003';
    const of = (wanted: string): number => (type === wanted ? count : 0);
    return {
      ts,
      cells: {
        ...timesOf(variant, ts, step, user),
        model,
        api_key_name: key,
        api_key: 'sk-1**9',
        type,
        price,
        amount: `${count}${prng.chance(0.1) ? '.0' : ''}`,
      },
      truth: {
        ...plainTruth({ ts, grain: 'bucket', provider: 'deepseek', model }),
        requests: of('request_count'),
        user: variant === 'day' ? '' : user,
        input: of('input_cache_miss_tokens'),
        cacheRead: of('input_cache_hit_tokens'),
        output: of('output_tokens'),
        tags: saidTags({ key, price }),
      },
    };
  });
  return { header: [...TIMES[variant], ...TAIL], rows };
}

export interface DeepseekCostOptions extends TableWriting {
  seed: string | number;
  from: number;
  until: number;
  /** Writes only the days from here on, and before there. */
  shownFrom?: number;
  shownUntil?: number;
  variant?: DeepseekVariant;
  /** What is charged for, instead of anything. */
  charges?: readonly Charge[];
}

/** The file of costs: every day, model and wallet. */
export function generateDeepseekCost(options: DeepseekCostOptions): GeneratedBill {
  const { variant = 'period', shownFrom = -Infinity, shownUntil = Infinity } = options;
  if (options.charges) return chargedBill(options.charges, variant, options);
  const prng = new Prng(options.seed).fork('deepseek-cost');
  const rows: TextRow[] = [];
  const truth: BillTruth[] = [];
  for (let ts = options.from; ts < options.until; ts += DAY)
    for (const model of MODELS)
      for (const wallet of ['Paid', 'Granted']) {
        const [cost, currency] = [
          `${prng.int(0, 900)}.${prng.int(1e9, 9e9)}000000`,
          prng.pick(['CNY', 'USD']),
        ];
        if (ts < shownFrom || ts >= shownUntil) continue;
        rows.push({ ...timesOf(variant, ts, DAY, 'u-1'), model, wallet_type: wallet, cost, currency });
        const line = {
          day: dayOf(ts),
          model,
          lineItem: wallet,
          project: '',
          user: variant === 'day' ? '' : 'u-1',
        };
        truth.push({ ...line, nanos: nanosOf(cost), currency });
      }
  return billOf(rows, truth, variant, options);
}

function billOf(
  rows: TextRow[],
  truth: BillTruth[],
  variant: DeepseekVariant,
  options: DeepseekCostOptions,
): GeneratedBill {
  const header = [...TIMES[variant], 'model', 'wallet_type', 'cost', 'currency'];
  const content = writeTable(new Prng(options.seed).fork('writing'), header, rows, options);
  return { file: { path: 'cost-2026-8.csv', content }, truth };
}

/** A day, model and user are one row, whatever its tokens were. */
function chargedBill(
  charges: readonly Charge[],
  variant: DeepseekVariant,
  options: DeepseekCostOptions,
): GeneratedBill {
  const sums = new Map<string, Charge>();
  for (const charge of charges) {
    const key = JSON.stringify([charge.day, charge.model, charge.user]);
    sums.set(key, { ...charge, dollars: (sums.get(key)?.dollars ?? 0) + charge.dollars });
  }
  const lines = [...sums.values()].map(({ day, model, user, dollars }) => {
    const [cost, currency] = [dollars.toFixed(9), 'USD'];
    const row = { ...timesOf(variant, day, DAY, user), model, wallet_type: 'Paid', cost, currency };
    const named = { day: dayOf(day), model, lineItem: 'Paid', project: '' };
    const truth = { ...named, user: variant === 'day' ? '' : user, nanos: nanosOf(cost), currency };
    return { row, truth };
  });
  const [rows, truth] = [lines.map(({ row }) => row), lines.map(({ truth }) => truth)];
  return billOf(rows, truth, variant, options);
}
