/** What the store answers for `tallyd report billed`. */
import type { Reader } from '../store/types.ts';
import type { OtherCurrency } from './billed-types.ts';
import { anyOf, like } from './filters.ts';
import { parseUsd, usdNumber } from './money.ts';
import { type CheckedOptions, ReportOptionError } from './options.ts';

/** A row of the view; amounts as decimals. */
export interface ComparedRow {
  date: string;
  provider: string;
  model: string;
  billed: string;
  calculated: string;
  credits: string;
  rounding: string;
  explanation: string;
  unpricedTokens: number;
  usageSources: string[];
}

/** What a model was charged for in a day, per currency. */
export interface LineItemRow {
  date: string;
  provider: string;
  name: string;
  lineItem: string;
  currency: string;
  charged: string;
}

/** Rejects with ReportOptionError for filters that bills and usage do not share. */
export async function readCompared(options: CheckedOptions, reader: Reader): Promise<ComparedRow[]> {
  refuseOptions(options);
  return await reader.rows<ComparedRow>(
    `SELECT toString(day) AS date, provider, model, toString(billed_usd) AS billed, ` +
      `toString(calculated_usd) AS calculated, toString(credits_usd) AS credits, toString(rounding_usd) AS rounding, ` +
      `explanation, unpriced_tokens AS unpricedTokens, usage_sources AS usageSources ` +
      `FROM tallyd.billed_vs_calculated ${whereOf(options, 'model')} ORDER BY day, provider, model`,
  );
}

function refuseOptions({ project, source, sessionId }: CheckedOptions): void {
  for (const [name, value] of Object.entries({ project, source, id: sessionId })) {
    if (value === undefined) continue;
    throw new ReportOptionError(
      name,
      `The report billed cannot be asked for one ${name}: bills and usage do not name it alike. Leave it out.`,
    );
  }
}

/** `modelColumn` holds the name that a bill and usage have in common. */
function whereOf({ since, until, model }: CheckedOptions, modelColumn: string, ...more: string[]): string {
  const all = [
    ...more,
    ...(since ? [`day >= toDate('${since}')`] : []),
    ...(until ? [`day <= toDate('${until}')`] : []),
    ...(model && model.length > 0 ? [anyOf(model, (name) => like(modelColumn, name))] : []),
  ];
  return all.length > 0 ? `WHERE ${all.join(' AND ')}` : '';
}

/** Per day and provider; amounts of different currencies are never added up. */
export async function readOtherCurrencies(options: CheckedOptions, reader: Reader): Promise<OtherCurrency[]> {
  const where = whereOf(options, 'compared_model', "currency != 'USD'");
  const rows = await reader.rows<{ date: string; provider: string; currency: string; charged: string }>(
    `SELECT toString(day) AS date, provider, currency, toString(sum(amount)) AS charged ` +
      `FROM tallyd.billed_costs ${where} GROUP BY day, provider, currency ORDER BY day, provider, currency`,
  );
  return rows.map(({ charged, ...row }) => ({ ...row, amount: usdNumber(parseUsd(charged)) }));
}

export async function readLineItems(options: CheckedOptions, reader: Reader): Promise<LineItemRow[]> {
  return await reader.rows<LineItemRow>(
    `SELECT toString(day) AS date, provider, compared_model AS name, line_item AS lineItem, currency, ` +
      `toString(sum(amount)) AS charged FROM tallyd.billed_costs ${whereOf(options, 'compared_model')} ` +
      `GROUP BY day, provider, name, lineItem, currency ORDER BY day, provider, name, sum(amount) DESC, lineItem, currency`,
  );
}
