/** Azure's cost and usage details, of which the lines of language models are read. */
import { sameHeader } from '../../store/records.ts';
import { list, quoted } from '../describe.ts';
import type { Column, Format, Recognition, Sample } from '../format.ts';
import { loadSql } from '../load-sql.ts';

const PASSED = 'lines of other services than Azure OpenAI and the models of Foundry';

/** Names of enterprise agreements, customer agreements and pay as you go, which differ in more than case. */
const COLUMNS: Column[] = [
  { name: 'date_cell', headers: ['Date', 'UsageDateTime', 'UsageDate'], required: true, becomes: 'day' },
  {
    name: 'meter_cell',
    headers: ['MeterName', 'Meter'],
    required: true,
    becomes: 'line_item, model, tags token_kind, model_version, routing, tier',
  },
  { name: 'category_cell', headers: ['MeterCategory'], becomes: 'whether it is read' },
  { name: 'subcategory_cell', headers: ['MeterSubCategory'], becomes: 'whether it is read' },
  { name: 'product_cell', headers: ['ProductName', 'Product'], becomes: 'whether it is read' },
  { name: 'service_cell', headers: ['ConsumedService'], becomes: 'whether it is read' },
  {
    name: 'unit_cell',
    headers: ['UnitOfMeasure'],
    required: true,
    becomes: 'unit, and how many tokens one is',
  },
  {
    name: 'quantity_cell',
    headers: ['Quantity', 'UsageQuantity'],
    required: true,
    becomes: 'quantity, in tokens where it counts tokens',
  },
  { name: 'billing_cost_cell', headers: ['CostInBillingCurrency'], becomes: 'amount' },
  { name: 'cost_cell', headers: ['Cost', 'PreTaxCost'], becomes: 'amount' },
  { name: 'dollar_cost_cell', headers: ['CostInUsd'], becomes: 'amount, where no other is told' },
  {
    name: 'currency_cell',
    headers: ['BillingCurrency', 'BillingCurrencyCode', 'Currency'],
    becomes: 'currency',
  },
  { name: 'subscription_cell', headers: ['SubscriptionId', 'SubscriptionGuid'], becomes: 'project' },
  { name: 'subscription_name_cell', headers: ['SubscriptionName'], becomes: 'project' },
  { name: 'group_cell', headers: ['ResourceGroup', 'ResourceGroupName'], becomes: 'tag resource_group' },
  { name: 'resource_cell', headers: ['ResourceId', 'InstanceId'], becomes: 'tag resource' },
  { name: 'region_cell', headers: ['ResourceLocation'], becomes: 'tag region' },
  { name: 'charge_type_cell', headers: ['ChargeType'], becomes: 'tag charge_type' },
];
const COSTS = ['billing_cost_cell', 'cost_cell', 'dollar_cost_cell'];

export const azureCost: Format = {
  name: 'azure-cost',
  title: 'Azure cost details export',
  layout: 'table',
  gives: 'bills',
  // an ordinal among the lines that are alike needs the whole file
  unit: 'file',
  columns: COLUMNS,
  recognise,
  passesOver: PASSED,
  readSql: loadSql('azure-cost', 'read.sql'),
  about: {
    getIt:
      'Azure portal, Cost Management, Exports: "Cost and usage details (actual)" as CSV; or Usage + charges, Download.',
    example:
      'Date,SubscriptionId,SubscriptionName,ResourceGroup,ResourceLocation,ResourceId,MeterCategory,MeterSubCategory,MeterName,UnitOfMeasure,Quantity,CostInBillingCurrency,BillingCurrency,ChargeType',
  },
};

function recognise({ table }: Sample): Recognition {
  const has = (name: string) =>
    table !== undefined &&
    COLUMNS.some(
      (column) => column.name === name && table.columns.some((cell) => sameHeader(cell, column.headers)),
    );
  if (!has('meter_cell') || !(has('unit_cell') || has('category_cell'))) return { is: 'other' };
  const missing = COLUMNS.filter((column) => column.required && !has(column.name)).map(
    ({ headers }) => headers[0]!,
  );
  if (!COSTS.some(has)) missing.push('CostInBillingCurrency');
  if (missing.length === 0) return { is: 'this' };
  return {
    is: 'near',
    difference: `has no column ${list(missing.map(quoted), 'and no')}`,
    score: 10 - missing.length,
  };
}
