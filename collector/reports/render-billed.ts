/** `tallyd report billed` as a table. */
import type { Billed, BilledAmounts, BilledModel, BilledRow } from './billed-types.ts';
import { formatCount, formatUsd } from './money.ts';
import { type Column, drawTable, type Style, type TableRow } from './table.ts';
import { clean, shortModel, wrap } from './text.ts';
import type { About } from './types.ts';

const COLUMNS: Column[] = [
  { head: 'Day (UTC)', min: 12 },
  { head: 'Provider', min: 6, drop: 1 },
  { head: 'Billed (USD)', align: 'right' },
  { head: 'Calculated (USD)', align: 'right' },
  { head: 'Difference (USD)', align: 'right', drop: 2 },
  { head: 'Explanation', min: 16, overflow: 'wrap' },
];

export function renderBilled(json: Billed, about: About, style: Style): string {
  const notes = notesOf(json, about).flatMap((line) => wrap(line, Math.max(20, style.width)));
  if (json.billed.length === 0) return [...wrap(emptySentence(about), style.width), ...notes].join('\n');
  const rows = json.billed.flatMap((row) => [
    dayRow(row),
    ...(about.breakdown ? row.models.flatMap(modelRows) : []),
  ]);
  const totals: TableRow = { cells: ['Total', '', ...amounts(json.totals), ''], tone: 'strong' };
  return [drawTable({ columns: COLUMNS, rows, totals }, style), ...notes].join('\n');
}

function dayRow(row: BilledRow): TableRow {
  return { cells: [row.date, clean(row.provider), ...amounts(row), row.explanation] };
}

function modelRows(model: BilledModel): TableRow[] {
  const unpriced = model.unpricedTokens ? `${formatCount(model.unpricedTokens)} ` : '';
  const explanation = model.explanation.replace(
    'tokens without a price',
    `${unpriced}tokens without a price`,
  );
  const name = model.modelName === '' ? '(no model)' : shortModel(model.modelName);
  const items = (model.lineItems ?? []).map(({ lineItem, currency, amount }): TableRow => ({
    cells: [
      `     ${lineItem === '' ? '(not told)' : clean(lineItem)}`,
      '',
      currency === 'USD' ? formatUsd(amount) : `${currency} ${formatUsd(amount).replace('$', '')}`,
      ...['', '', ''],
    ],
    tone: 'faint',
  }));
  return [{ cells: [` └─ ${name}`, '', ...amounts(model), explanation], tone: 'faint' }, ...items];
}

function amounts({ billedUsd, calculatedUsd, differenceUsd }: BilledAmounts): string[] {
  return [billedUsd, calculatedUsd, differenceUsd].map(formatUsd);
}

function notesOf({ billed, otherCurrencies = [] }: Billed, about: About): string[] {
  const notes: string[] = [];
  if (billed.length > 0) {
    notes.push(
      'Billed is what bills say (tallyd.billed_costs); calculated is tokens times list price, whatever the cost mode.',
    );
    const sources = [...new Set(billed.flatMap((row) => row.usageSources))].sort();
    if (sources.length > 0) notes.push(`Calculated from ${sources.join(', ')}.`);
  }
  if (about.zone !== 'UTC' && billed.length > 0)
    notes.push(
      `Bills are in UTC days, and so is this report: the time zone ${clean(about.timezone)} is not used.`,
    );
  for (const [currency, amount] of perCurrency(otherCurrencies))
    notes.push(
      `Not in the table: ${currency} ${formatUsd(amount).replace('$', '')} billed in that currency.`,
    );
  return notes;
}

function perCurrency(others: NonNullable<Billed['otherCurrencies']>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { currency, amount } of others) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  return sums;
}

function emptySentence(about: About): string {
  return about.filtered
    ? 'No bill matches. Leave out a filter, or ask for more days.'
    : 'No bill is stored yet. Push an export of costs (tallyd push FILE); docs/formats.md says where providers give one.';
}
