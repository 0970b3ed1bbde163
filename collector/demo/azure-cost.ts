/** Azure's cost details by kind of agreement, and the truth of the lines of language models. */
import { type BillTruth, dayOf, type GeneratedBill, nanosOf } from './bill-truth.ts';
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
    for (const meter of METERS) {
      const { cells, line } = drawLine(prng, day, variant, meter);
      if (day < shownFrom || day >= shownUntil) continue;
      rows.push(Object.fromEntries(Object.entries(names).map(([field, name]) => [name, cells[field] ?? ''])));
      if (line) truth.push(line);
    }
  const content = writeTable(new Prng(options.seed).fork('writing'), Object.values(names), rows, options);
  return { file: { path: 'part_0_0001.csv', content }, truth };
}

function drawLine(
  prng: Prng,
  day: number,
  variant: AzureVariant,
  [meter, unit, subcategory, model]: (typeof METERS)[number],
) {
  const cost = `${prng.chance(0.1) ? '-' : ''}${prng.int(0, 90)}.${prng.int(1e5, 9e5)}`;
  const currency = prng.pick(['USD', 'EUR']);
  const [year, month, date] = dayOf(day).split('-') as [string, string, string];
  const subscription = prng.pick(['s-1', 's-2']);
  const cells: Record<string, string> = {
    day: variant === 'pay-as-you-go' ? dayOf(day) : `${month}/${date}/${year}`,
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
