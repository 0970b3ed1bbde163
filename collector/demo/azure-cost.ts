/** Azure's cost details by kind of agreement, and the truth of the lines of language models. */
import { type BillTruth, type Charge, dayOf, type GeneratedBill, nanosOf } from './bill-truth.ts';
import { DAY } from './clock.ts';
import { Prng } from './prng.ts';
import { type TableWriting, type TextRow, writeTable } from './table-text.ts';

export const AZURE_VARIANTS = ['enterprise', 'customer', 'pay-as-you-go'] as const;
type AzureVariant = (typeof AZURE_VARIANTS)[number];

export interface AzureOptions extends TableWriting {
  seed: string | number;
  from: number;
  until: number;
  /** Writes only the days from here on, and before there. */
  shownFrom?: number;
  shownUntil?: number;
  variant?: AzureVariant;
  /** What is charged for, instead of anything. */
  charges?: readonly Charge[];
}

const NAMES: Record<AzureVariant, Record<string, string>> = {
  enterprise: {
    ...{ day: 'Date', subscription: 'SubscriptionId', group: 'ResourceGroup', region: 'ResourceLocation' },
    ...{
      resource: 'ResourceId',
      category: 'MeterCategory',
      subcategory: 'MeterSubCategory',
      meter: 'MeterName',
    },
    ...{
      unit: 'UnitOfMeasure',
      quantity: 'Quantity',
      cost: 'CostInBillingCurrency',
      currency: 'BillingCurrencyCode',
    },
  },
  customer: {
    ...{
      day: 'date',
      subscription: 'SubscriptionId',
      group: 'resourceGroupName',
      region: 'resourceLocation',
    },
    ...{
      resource: 'ResourceId',
      category: 'meterCategory',
      subcategory: 'meterSubCategory',
      meter: 'meterName',
    },
    ...{
      unit: 'unitOfMeasure',
      quantity: 'quantity',
      cost: 'costInBillingCurrency',
      currency: 'billingCurrency',
    },
    usd: 'costInUsd',
  },
  'pay-as-you-go': {
    ...{
      day: 'UsageDateTime',
      subscription: 'SubscriptionGuid',
      group: 'ResourceGroup',
      region: 'ResourceLocation',
    },
    ...{
      resource: 'InstanceId',
      category: 'MeterCategory',
      subcategory: 'MeterSubCategory',
      meter: 'MeterName',
    },
    ...{ unit: 'UnitOfMeasure', quantity: 'UsageQuantity', cost: 'PreTaxCost', currency: 'Currency' },
  },
};

/** Meter, unit, sub-category, and the model; undefined for what is no language model. */
const METERS: readonly (readonly [string, string, string, string | undefined])[] = [
  ['gpt 4o 1120 Inp glbl Tokens', '1K', 'Azure OpenAI', 'gpt-4o'],
  ['o3 0416 Outp glbl Tokens', '1K', 'Azure OpenAI', 'o3'],
  ['gpt 4.1 nano cached Inp glbl Tokens', '1K', 'Azure OpenAI', 'gpt-4.1-nano'],
  ['GPT 5 outpt Glbl 1M Tokens', '1M', 'Azure OpenAI', 'gpt-5'],
  ['Provisioned Managed Global Unit', '1 Hour', 'Azure OpenAI', ''],
  ['Speech To Text', '1 Hour', 'Speech', undefined],
];

export function generateAzure(options: AzureOptions): GeneratedBill {
  const { shownFrom = -Infinity, shownUntil = Infinity, variant = 'enterprise' } = options;
  const prng = new Prng(options.seed).fork('azure');
  const names = NAMES[variant];
  const [rows, truth]: [TextRow[], BillTruth[]] = [[], []];
  for (let day = options.from; day < options.until; day += DAY)
    for (const { cells, line } of options.charges
      ? chargedLines(options.charges, day, variant)
      : METERS.map((meter) => drawLine(prng, day, variant, meter))) {
      if (day < shownFrom || day >= shownUntil) continue;
      rows.push(Object.fromEntries(Object.entries(names).map(([field, name]) => [name, cells[field] ?? ''])));
      if (line) truth.push(line);
    }
  const content = writeTable(new Prng(options.seed).fork('writing'), Object.values(names), rows, options);
  return { file: { path: 'part_0_0001.csv', content }, truth };
}

interface Line {
  cells: Record<string, string>;
  line: BillTruth | undefined;
}

const CHARGED: Partial<Record<Charge['kind'], string>> = {
  input: 'Inp',
  cacheRead: 'cached Inp',
  cacheWrite5m: 'cache write Inp',
  cacheWrite1h: 'cache write 1h Inp',
  output: 'outpt',
};

/** Models are `gpt-<version>`. */
function* chargedLines(charges: readonly Charge[], of: number, variant: AzureVariant): Iterable<Line> {
  for (const { model, kind, project, tokens, dollars } of charges.filter(({ day }) => day === of)) {
    const meter = `${model.replace('gpt-', 'GPT ')} ${CHARGED[kind]} Glbl 1M Tokens`;
    const cost = dollars.toFixed(9);
    const cells = {
      ...{ day: dateAs(variant, of), subscription: project, group: 'AI', region: 'eastus', meter },
      ...{
        resource: '/subscriptions/s/openAI1',
        category: 'Cognitive Services',
        subcategory: 'Azure OpenAI',
      },
      ...{ unit: '1M', quantity: (tokens / 1e6).toFixed(6), cost, currency: 'USD', usd: cost },
    };
    const named = { day: dayOf(of), model, lineItem: meter, project, user: '' };
    yield { cells, line: { ...named, nanos: nanosOf(cost), currency: 'USD' } };
  }
}

function dateAs(variant: AzureVariant, ts: number): string {
  const [year, month, date] = dayOf(ts).split('-') as [string, string, string];
  return variant === 'pay-as-you-go' ? dayOf(ts) : `${month}/${date}/${year}`;
}

function drawLine(
  prng: Prng,
  day: number,
  variant: AzureVariant,
  [meter, unit, subcategory, model]: (typeof METERS)[number],
): Line {
  const cost = `${prng.chance(0.1) ? '-' : ''}${prng.int(0, 90)}.${prng.int(1e5, 9e5)}`;
  const currency = prng.pick(['USD', 'EUR']);
  const subscription = prng.pick(['s-1', 's-2']);
  const cells: Record<string, string> = {
    day: dateAs(variant, day),
    subscription,
    group: prng.pick(['AI', 'ai']),
    region: 'eastus',
    // Azure writes the same id in one case and another
    resource: prng.pick(['/subscriptions/s/openAI1', '/SUBSCRIPTIONS/S/OPENAI1']),
    category: 'Cognitive Services',
    subcategory,
    meter,
    unit,
    quantity: (prng.int(1, 9e6) / 1000).toFixed(3),
    cost,
    currency,
    usd: '99',
  };
  const line = {
    day: dayOf(day),
    lineItem: meter,
    project: subscription,
    user: '',
    nanos: nanosOf(cost),
    currency,
  };
  return { cells, line: model === undefined ? undefined : { ...line, model } };
}
