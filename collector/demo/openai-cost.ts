/**
 * OpenAI's exports of costs in every shape seen, and the truth of each line. An account's lines are
 * drawn once; an export writes them, and a later export may say other amounts.
 */
import { type BillTruth, type Charge, dayOf, type GeneratedBill, nanosOf } from './bill-truth.ts';
import { DAY, HOUR } from './clock.ts';
import { Prng } from './prng.ts';
import { type TableWriting, type TextRow, writeTable } from './table-text.ts';

/** `api_source`: with that column at the end. `ungrouped`: one line a bucket, which names nothing. */
export type OpenaiCostVariant = 'plain' | 'api_source' | 'ungrouped';
export const OPENAI_COST_VARIANTS: readonly OpenaiCostVariant[] = ['plain', 'api_source', 'ungrouped'];

export interface OpenaiCostOptions extends TableWriting {
  seed: string | number;
  /** Another value: the same lines with other amounts, as a later export corrects them. */
  amounts?: number;
  /** Writes only the buckets that begin from here on, and before there. */
  shownFrom?: number;
  shownUntil?: number;
  /** Milliseconds since the epoch; from the first bucket up to, not including, `until`. */
  from: number;
  until: number;
  variant?: OpenaiCostVariant;
  /** Default `day`. */
  bucket?: 'day' | 'hour';
  /** Lines of a bucket, at most. Default 6. */
  lines?: number;
  /** Share of buckets without costs, which are rows all the same. Default 0.2. */
  empty?: number;
  /** Lines that stand twice, alike in everything; both count. */
  alike?: number;
  /** Default US dollars alone. */
  currencies?: readonly string[];
  /** What is charged for, by day, instead of anything. */
  charges?: readonly Charge[];
  name?: string;
}

const TIMES = ['start_time', 'end_time', 'start_time_iso', 'end_time_iso'];
const HEADER = [
  ...TIMES,
  ...['amount_value', 'amount_currency', 'quantity', 'quantity_unit', 'line_item', 'user_id', 'api_key_id'],
  ...['project_id', 'organization_id', 'project_name', 'organization_name', 'user_email'],
];

interface Item {
  text: string;
  model: string;
  lineItem: string;
  unit: string;
}
const MODELS = [
  'gpt-5-nano',
  'gpt-5.2',
  'gpt-4o-mini-2024-07-18',
  'o3',
  'text-embedding-3-small',
  'whisper-1',
];
const KINDS = ['input_tokens', 'output_tokens', 'cached input'];
const ITEMS: readonly Item[] = [
  ...MODELS.flatMap((model) =>
    KINDS.map((kind) => ({ text: `${model}, ${kind}`, model, lineItem: kind, unit: 'tokens' })),
  ),
  { text: 'gpt-4.1', model: 'gpt-4.1', lineItem: '', unit: '' },
  ...['web search tool calls', 'code interpreter, sessions', 'credit'].map((text) => ({
    text,
    model: '',
    lineItem: text,
    unit: '',
  })),
];
const PROJECTS = [
  { id: 'proj_web', name: 'Web shop' },
  { id: 'proj_data', name: '' },
  { id: '', name: '' },
];
const USERS = [
  { id: 'user-ada', email: 'ada@demo.example' },
  { id: 'user-bob', email: '' },
  { id: '', email: '' },
];

/** Draws the amounts and texts of an account and writes its export. */
export function generateOpenaiCost(options: OpenaiCostOptions): GeneratedBill {
  const prng = new Prng(options.seed).fork('openai-cost');
  const amounts = prng.fork(`amounts ${options.amounts ?? 0}`);
  const step = options.bucket === 'hour' ? HOUR : DAY;
  const lines: OpenaiCostLine[] = [];
  for (let start = options.from; start < options.until; start += step) {
    const charges = options.charges?.filter(({ day }) => day === start);
    if (charges && charges.length > 0) lines.push(...charges.map((charge) => chargedLine(charge, step)));
    else if (charges || prng.chance(options.empty ?? 0.2)) lines.push({ row: times(start, step, '+00:00') });
    else lines.push(...bucketLines(prng, amounts, options, start, step));
  }
  const charged = lines.filter((line) => line.truth);
  for (let more = options.alike ?? 0; more > 0 && charged.length > 0; more--) lines.push(prng.pick(charged));
  const shown = lines.filter(({ row }) => {
    const start = Number(row.start_time) * 1000;
    return start >= (options.shownFrom ?? -Infinity) && start < (options.shownUntil ?? Infinity);
  });
  const header = options.variant === 'api_source' ? [...HEADER, 'api_source'] : HEADER;
  const path = options.name ?? `cost_${dayOf(options.from)}_${dayOf(options.until)}.csv`;
  const rows = shown.map((line) => line.row);
  return {
    file: { path, content: writeTable(prng, header, rows, options) },
    truth: shown.flatMap((line) => line.truth ?? []),
  };
}

/** A row of the file; an empty bucket is no line of the bill. */
interface OpenaiCostLine {
  row: TextRow;
  truth?: BillTruth;
}

/** The export of a period without costs, which is also that of a period without usage. */
export function generateEmptyPeriod(from: number, until: number): string {
  const rows: TextRow[] = [];
  for (let start = from; start < until; start += DAY) rows.push(times(start, DAY, '+00:00'));
  return writeTable(new Prng(0), TIMES, rows);
}

const CHARGED: Partial<Record<Charge['kind'], string>> = {
  input: 'input_tokens',
  output: 'output_tokens',
  cacheRead: 'cached input',
};

/** What is for no model names what it is for: a search, or a credit where nothing is paid. */
function chargedLine(
  { day, model, kind, project, user, tokens, dollars }: Charge,
  step: number,
): OpenaiCostLine {
  const lineItem = CHARGED[kind] ?? (dollars < 0 ? 'credit' : 'web search tool calls');
  const amount = dollars.toFixed(12);
  const row: TextRow = {
    ...times(day, step, '+00:00'),
    amount_value: amount.padEnd(amount.indexOf('.') + 37, '0'),
    amount_currency: 'usd',
    ...(model !== '' && { quantity: `${tokens}.0`, quantity_unit: 'tokens' }),
    line_item: model === '' ? lineItem : `${model}, ${lineItem}`,
    ...{ user_id: user, user_email: user, api_key_id: 'key_demo' },
    ...{ project_id: project, project_name: project, organization_id: 'org-demo', organization_name: 'Demo' },
  };
  const named = { day: dayOf(day), model, lineItem, project, user };
  return { row, truth: { ...named, nanos: nanosOf(amount), currency: 'USD' } };
}

/** What a bucket was charged for: each thing once, so that only `alike` makes lines that are alike. */
function bucketLines(
  prng: Prng,
  amounts: Prng,
  options: OpenaiCostOptions,
  start: number,
  step: number,
): OpenaiCostLine[] {
  const ungrouped = options.variant === 'ungrouped';
  const items = ungrouped ? [{ text: '', model: '', lineItem: '', unit: '' }] : prng.shuffled(ITEMS);
  const count = ungrouped ? 1 : prng.int(1, options.lines ?? 6);
  return items.slice(0, count).map((item) => {
    const project = ungrouped ? PROJECTS[2]! : prng.pick(PROJECTS);
    const user = ungrouped ? USERS[2]! : prng.pick(USERS);
    const amount = drawAmount(amounts, item.text === 'credit');
    const currency = prng.pick(options.currencies ?? ['usd']);
    const row: TextRow = {
      ...times(start, step, prng.chance(0.1) ? '+00:00' : ''),
      amount_value: amount.cell,
      amount_currency: currency,
      quantity: item.unit === '' ? '' : `${prng.magnitude(1, 1e8)}.0`,
      quantity_unit: item.unit,
      line_item: item.text,
      user_id: user.id,
      user_email: user.email,
      api_key_id: prng.chance(0.5) ? 'key_demo' : '',
      project_id: project.id,
      project_name: project.name,
      organization_id: 'org-demo',
      organization_name: 'Personal',
      api_source: prng.pick(['', 'api']),
    };
    const truth: BillTruth = {
      day: dayOf(start),
      model: item.model,
      lineItem: item.lineItem,
      project: project.name || project.id,
      user: user.email || user.id,
      nanos: amount.nanos,
      currency: currency.toUpperCase(),
    };
    return { row, truth };
  });
}

function times(start: number, step: number, zone: string): TextRow {
  const iso = (ts: number): string => `${new Date(ts).toISOString().slice(0, 19)}${zone}`;
  return {
    start_time: String(start / 1000),
    end_time: String((start + step) / 1000),
    start_time_iso: iso(start),
    end_time_iso: iso(start + step),
  };
}

/** More than thirty decimals, most of them zeros, sometimes none of them, and zero as `0E-36`. */
function drawAmount(prng: Prng, credit: boolean): { cell: string; nanos: bigint } {
  const sign = credit ? '-' : '';
  if (!credit && prng.chance(0.05)) return { cell: '0E-36', nanos: 0n };
  const whole = prng.chance(0.5) ? 0 : prng.int(0, 900);
  const known = String(prng.int(0, 999_999_999)).padStart(9, '0');
  const beyond = prng.chance(0.3) ? String(prng.int(0, 99_999)).padStart(5, '0') : '';
  const cell = `${sign}${whole}.${(known + beyond).padEnd(36, '0')}`;
  return { cell, nanos: nanosOf(cell) };
}
