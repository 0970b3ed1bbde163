/**
 * Bills against what tokens times price come to, per UTC day, provider and model. The comparison is
 * the view `billed_vs_calculated` (0012_create_billed_costs.sql), which says what explains a
 * difference; here its rows become days, and a day is judged anew, because differences may cancel out.
 */
import type { Reader } from '../store/types.ts';
import {
  type ComparedRow,
  type LineItemRow,
  readCompared,
  readLineItems,
  readOtherCurrencies,
} from './billed-reading.ts';
import type { Billed, BilledAmounts, BilledModel, BilledRow } from './billed-types.ts';
import { parseUsd, usdNumber } from './money.ts';
import type { CheckedOptions } from './options.ts';

/** Sums of billionths of a dollar. */
interface Nanos {
  billed: bigint;
  calculated: bigint;
  credits: bigint;
  rounding: bigint;
}

/** Below a millionth of a dollar nothing is different: sums of many events are rounded, too. */
const NOTHING = 1000n;

/** Rejects with ReportOptionError for filters that bills and usage do not share. */
export async function readBilled(options: CheckedOptions, reader: Reader): Promise<Billed> {
  const [compared, others, items] = await Promise.all([
    readCompared(options, reader),
    readOtherCurrencies(options, reader),
    options.breakdown ? readLineItems(options, reader) : [],
  ]);
  const billed = daysOf(compared, items);
  if (options.order === 'desc') billed.reverse();
  const totals = amounts(sum(compared.map(nanosOf)));
  return { billed, totals, ...(others.length > 0 && { otherCurrencies: others }) };
}

function daysOf(compared: readonly ComparedRow[], items: readonly LineItemRow[]): BilledRow[] {
  const days = new Map<string, ComparedRow[]>();
  for (const row of compared) {
    const key = `${row.date}\0${row.provider}`;
    const rows = days.get(key);
    if (rows) rows.push(row);
    else days.set(key, [row]);
  }
  return [...days.values()].map((rows) => dayOf(rows, items));
}

function dayOf(rows: readonly ComparedRow[], items: readonly LineItemRow[]): BilledRow {
  const { date, provider } = rows[0]!;
  const nanos = sum(rows.map(nanosOf));
  const sources = new Set(rows.flatMap((row) => row.usageSources));
  return {
    date,
    provider,
    ...amounts(nanos),
    explanation: explainDay(nanos, rows),
    usageSources: [...sources].sort(),
    models: rows.map((row) => modelOf(row, items)),
  };
}

function modelOf(row: ComparedRow, items: readonly LineItemRow[]): BilledModel {
  const own = items.filter(
    (item) => item.date === row.date && item.provider === row.provider && item.name === row.model,
  );
  return {
    modelName: row.model,
    ...amounts(nanosOf(row)),
    explanation: row.explanation,
    ...(row.unpricedTokens > 0 && { unpricedTokens: row.unpricedTokens }),
    ...(own.length > 0 && {
      lineItems: own.map(({ lineItem, currency, charged }) => ({
        lineItem,
        currency,
        amount: usdNumber(parseUsd(charged)),
      })),
    }),
  };
}

/** What models say of it, unless the day as a whole comes out even, or within rounding or credits. */
function explainDay(nanos: Nanos, rows: readonly ComparedRow[]): string {
  const difference = nanos.billed - nanos.calculated;
  const said = [...new Set(rows.flatMap((row) => row.explanation.split('; ')))].filter(
    (reason) => reason !== '',
  );
  // tokens without a price, or amounts in another currency, may hide a difference
  const standing = said.filter((reason) => STANDING.has(reason));
  const because = (reason: string) => [...standing, reason].filter((each) => each !== '').join('; ');
  if (absolute(difference) <= NOTHING) return because('');
  if (absolute(difference) <= nanos.rounding) return because('rounding');
  if (nanos.credits < 0n && absolute(difference - nanos.credits) <= nanos.rounding + NOTHING)
    return because('credits');
  const open = said.filter((reason) => reason !== 'the bill tells no models');
  return open.length > 0 ? open.join('; ') : 'prices or usage differ';
}

const STANDING = new Set(['billed in another currency', 'tokens without a price']);

function nanosOf(row: ComparedRow): Nanos {
  return {
    billed: parseUsd(row.billed),
    calculated: parseUsd(row.calculated),
    credits: parseUsd(row.credits),
    rounding: parseUsd(row.rounding),
  };
}

function sum(all: readonly Nanos[]): Nanos {
  const total: Nanos = { billed: 0n, calculated: 0n, credits: 0n, rounding: 0n };
  for (const each of all)
    for (const name of ['billed', 'calculated', 'credits', 'rounding'] as const) total[name] += each[name];
  return total;
}

function amounts({ billed, calculated, credits }: Nanos): BilledAmounts {
  return {
    billedUsd: usdNumber(billed),
    calculatedUsd: usdNumber(calculated),
    differenceUsd: usdNumber(billed - calculated),
    ...(credits !== 0n && { creditsUsd: usdNumber(credits) }),
  };
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}
