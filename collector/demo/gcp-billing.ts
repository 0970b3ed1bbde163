/** Google Cloud's billing export, and the truth of the lines of its models. */
import { type BillTruth, type Charge, dayOf, type GeneratedBill, nanosOf } from './bill-truth.ts';
import { DAY, HOUR } from './clock.ts';
import { Prng } from './prng.ts';
import { type TableWriting, type TextRow, writeTable } from './table-text.ts';

/** `dots` and `underscores`: a query's result as CSV, its fields named one way or the other. */
export const GCP_VARIANTS = ['dots', 'underscores', 'lines'] as const;

export interface GcpOptions extends TableWriting {
  seed: string | number;
  from: number;
  until: number;
  /** Writes only the days from here on, and before there. */
  shownFrom?: number;
  shownUntil?: number;
  variant?: (typeof GCP_VARIANTS)[number];
  /** What is charged for, instead of anything. */
  charges?: readonly Charge[];
}

/** Service, SKU, and the model; undefined for what is no language model. */
const SKUS: readonly (readonly [string, string, string | undefined])[] = [
  ['Vertex AI', 'Gemini 2.5 Flash Text Input - Predictions', 'gemini-2.5-flash'],
  ['Vertex AI', 'Gemini 2.5 Pro Thinking Text Output - Predictions', 'gemini-2.5-pro'],
  ['Gemini API', 'Generate content output token count gemini 2.5 flash lite', 'gemini-2.5-flash-lite'],
  ['Vertex AI', 'Claude Opus 4.6 Input Tokens', 'claude-opus-4-6'],
  ['Generative Language API', 'Grounding with search', ''],
  ['Compute Engine', 'N1 Predefined Instance Core', undefined],
  ['Vertex AI', 'Custom training on n1-standard-4', undefined],
];

const FIELDS = ['service.description', 'sku.id', 'sku.description', 'usage_start_time', 'usage_end_time'];
const MORE = [
  'project.id',
  'location.region',
  'cost',
  'currency',
  'usage.amount',
  'usage.unit',
  'credits',
  'cost_type',
];

export function generateGcp(options: GcpOptions): GeneratedBill {
  const { shownFrom = -Infinity, shownUntil = Infinity, variant = 'dots' } = options;
  const prng = new Prng(options.seed).fork('gcp');
  const rows: Record<string, string>[] = [];
  const truth: BillTruth[] = [];
  for (let day = options.from; day < options.until; day += DAY)
    for (const { cells, line } of options.charges
      ? chargedLines(options.charges, day)
      : SKUS.map((sku) => drawLine(prng, day + prng.int(0, 23) * HOUR, sku))) {
      if (day < shownFrom || day >= shownUntil) continue;
      rows.push(cells);
      if (line) truth.push(line);
    }
  const writing = new Prng(options.seed).fork('writing');
  if (variant === 'lines') {
    const shown = options.shuffleRows ? writing.shuffled(rows) : rows;
    const text = shown.map((row) => `${JSON.stringify(nested(row))}\n`).join('');
    return { file: { path: 'billing.json', content: text }, truth };
  }
  const named = (name: string): string => (variant === 'underscores' ? name.replaceAll('.', '_') : name);
  const tableRows = rows.map((row): TextRow =>
    Object.fromEntries(Object.entries(row).map(([name, cell]) => [named(name), cell])),
  );
  const content = writeTable(writing, [...FIELDS, ...MORE].map(named), tableRows, options);
  return { file: { path: 'billing.csv', content }, truth };
}

interface Line {
  cells: Record<string, string>;
  line: BillTruth | undefined;
}

const CHARGED: Partial<Record<Charge['kind'], string>> = {
  input: 'Text Input',
  cacheRead: 'Text Input Caching',
  cacheWrite5m: 'Text Input Cache Write',
  cacheWrite1h: 'Text Input Cache Write 1h',
  output: 'Text Output',
};

/** Models are `gemini-<version>-<size>`. */
function* chargedLines(charges: readonly Charge[], of: number): Iterable<Line> {
  for (const { model, kind, project, tokens, dollars } of charges.filter(({ day }) => day === of)) {
    const name = model
      .split('-')
      .map((word) => word[0]!.toUpperCase() + word.slice(1))
      .join(' ');
    const sku = `${name} ${CHARGED[kind]} - Predictions`;
    const cost = dollars.toFixed(9);
    const cells = {
      'service.description': 'Vertex AI',
      'sku.id': `SKU-${name}-${kind}`,
      'sku.description': sku,
      usage_start_time: time(of),
      usage_end_time: time(of + DAY),
      'project.id': project,
      'location.region': 'us-central1',
      cost,
      currency: 'USD',
      'usage.amount': String(tokens),
      'usage.unit': 'count',
      credits: '[]',
      cost_type: 'regular',
    };
    const named = { day: dayOf(of), model, lineItem: sku, project, user: '' };
    yield { cells, line: { ...named, nanos: nanosOf(cost), currency: 'USD' } };
  }
}

const time = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

function drawLine(prng: Prng, ts: number, [service, sku, model]: (typeof SKUS)[number]): Line {
  const cost = `${prng.int(0, 90)}.${prng.int(1e5, 9e5)}`;
  const credits = prng.pick([[], ['-0.25'], ['-0.1', '-0.015']]);
  const [project, currency] = [prng.pick(['shop', 'lab']), prng.pick(['USD', 'EUR'])];
  const cells = {
    'service.description': service,
    'sku.id': `SKU-${SKUS.findIndex((one) => one[1] === sku)}`,
    'sku.description': sku,
    usage_start_time: time(ts),
    usage_end_time: time(ts + HOUR),
    'project.id': project,
    'location.region': 'us-central1',
    cost,
    currency,
    'usage.amount': String(prng.magnitude(1, 9_000_000)),
    'usage.unit': 'count',
    credits: JSON.stringify(credits.map((amount) => ({ name: 'promotion', amount: Number(amount) }))),
    cost_type: 'regular',
  };
  const nanos = [cost, ...credits].reduce((sum, amount) => sum + nanosOf(amount), 0n);
  const line = { day: dayOf(ts), lineItem: sku, project, user: '', nanos, currency };
  return { cells, line: model === undefined ? undefined : { ...line, model } };
}

/** `service.description` as BigQuery writes it to JSON: a member of an object. */
function nested(row: Record<string, string>): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [path, cell] of Object.entries(row)) {
    const [first = '', second] = path.split('.');
    const value: unknown = path === 'cost' ? Number(cell) : path === 'credits' ? JSON.parse(cell) : cell;
    if (second === undefined) object[first] = value;
    else object[first] = { ...(object[first] as object | undefined), [second]: value };
  }
  return object;
}
