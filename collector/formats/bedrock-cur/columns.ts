/** Columns of AWS's Cost and Usage Report: CUR 2.0 and the names of the report before it. */
import type { Column } from '../format.ts';

export const COLUMNS: Column[] = [
  {
    name: 'start_cell',
    headers: ['line_item_usage_start_date', 'lineItem/UsageStartDate'],
    required: true,
    becomes: 'day (ts as usage)',
  },
  {
    name: 'end_cell',
    headers: ['line_item_usage_end_date', 'lineItem/UsageEndDate'],
    becomes: 'part of what makes the line the same',
  },
  {
    name: 'code_cell',
    headers: ['line_item_product_code', 'lineItem/ProductCode'],
    required: true,
    becomes: 'whether it is read',
  },
  {
    name: 'product_cell',
    headers: ['product_product_name', 'product/ProductName', 'product'],
    becomes: 'whether it is read; model of the marketplace',
  },
  {
    name: 'type_cell',
    headers: ['line_item_line_item_type', 'lineItem/LineItemType'],
    becomes: 'tag line_item_type',
  },
  {
    name: 'usage_type_cell',
    headers: ['line_item_usage_type', 'lineItem/UsageType'],
    required: true,
    becomes: 'line_item, model, tags token_kind, routing, tier',
  },
  {
    name: 'operation_cell',
    headers: ['line_item_operation', 'lineItem/Operation'],
    becomes: 'tag operation',
  },
  {
    name: 'quantity_cell',
    headers: ['line_item_usage_amount', 'lineItem/UsageAmount'],
    required: true,
    becomes: 'quantity, in tokens where it counts tokens',
  },
  { name: 'unit_cell', headers: ['pricing_unit', 'pricing/unit'], becomes: 'unit' },
  {
    name: 'cost_cell',
    headers: ['line_item_unblended_cost', 'lineItem/UnblendedCost'],
    required: true,
    becomes: 'amount',
  },
  {
    name: 'net_cost_cell',
    headers: ['line_item_net_unblended_cost', 'lineItem/NetUnblendedCost'],
    becomes: 'amount, where it is told',
  },
  {
    name: 'currency_cell',
    headers: ['line_item_currency_code', 'lineItem/CurrencyCode'],
    becomes: 'currency',
  },
  {
    name: 'account_cell',
    headers: ['line_item_usage_account_id', 'lineItem/UsageAccountId'],
    becomes: 'project, tag account',
  },
  { name: 'account_name_cell', headers: ['line_item_usage_account_name'], becomes: 'project' },
  { name: 'principal_cell', headers: ['line_item_iam_principal'], becomes: 'user' },
  {
    name: 'resource_cell',
    headers: ['line_item_resource_id', 'lineItem/ResourceId'],
    becomes: 'tag resource',
  },
  { name: 'region_cell', headers: ['product_region_code', 'product/regionCode'], becomes: 'tag region' },
  {
    name: 'description_cell',
    headers: ['line_item_line_item_description', 'lineItem/LineItemDescription'],
    becomes: 'whether it is read',
  },
];
