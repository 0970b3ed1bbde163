/** The demo's bills: what its providers charge for the usage that they export. */
import { rowAt } from '../pricing/row-costs.ts';
import type { PriceBook } from '../pricing/types.ts';
import type { Charge } from './bill-truth.ts';
import { DAY } from './clock.ts';
import { Prng } from './prng.ts';
import { NO_TOKENS } from './tokens.ts';
import type { ExportTruth, Spent } from './usage-export.ts';

const KINDS = ['input', 'cacheWrite5m', 'cacheWrite1h', 'cacheRead', 'output'] as const;

/**
 * Dollars of each kind of token; undefined for a model without a price. A bucket holds many requests,
 * of which none is large: prices above a size are for requests.
 */
function dollarsByKind(prices: PriceBook, usage: Spent): Record<(typeof KINDS)[number], number> | undefined {
  const size = usage.grain === 'bucket' ? NO_TOKENS : usage;
  const row = rowAt(prices.rowsFor(usage), usage.ts, size);
  if (!row) return undefined;
  const dollars = (kind: (typeof KINDS)[number]): number => (usage[kind] * Number(row[kind])) / 1e6;
  return {
    input: dollars('input'),
    cacheWrite5m: dollars('cacheWrite5m'),
    cacheWrite1h: dollars('cacheWrite1h'),
    cacheRead: dollars('cacheRead'),
    output: dollars('output'),
  };
}

/** What usage is worth at list price; undefined for a model without one. */
export function dollarsOf(prices: PriceBook, usage: Spent): number | undefined {
  const dollars = dollarsByKind(prices, usage);
  return dollars && Object.values(dollars).reduce((sum, each) => sum + each, 0);
}

/** Usage that somebody is charged for. */
export type Billable = Spent & Pick<ExportTruth, 'project' | 'user' | 'billable'>;

/** What {@link tokenCharges} gives, and what else stands on bills. */
export function chargesFor(seed: string, prices: PriceBook, usage: readonly Billable[]): Charge[] {
  const tokens = tokenCharges(prices, usage);
  return [...tokens, ...beside(new Prng(seed), tokens)];
}

/** A line for each day, project, user, model and kind of token. */
export function tokenCharges(prices: PriceBook, usage: readonly Billable[]): Charge[] {
  const charges = new Map<string, Charge>();
  for (const row of usage) {
    const dollars = dollarsByKind(prices, row);
    if (!dollars) throw new Error(`The demo cannot bill ${row.model}: the price list does not have it.`);
    for (const kind of KINDS) {
      const { model, project, user } = row;
      const day = Math.floor(row.ts / DAY) * DAY;
      const key = JSON.stringify([day, model, project, user, kind]);
      const charge = charges.get(key) ?? { day, model, kind, project, user, tokens: 0, dollars: 0 };
      charge.tokens += row[kind];
      charge.dollars += dollars[kind];
      if (charge.tokens > 0) charges.set(key, charge);
    }
  }
  return [...charges.values()].sort((a, b) => a.day - b.day);
}

/** Searches now and then, which no export of tokens knows, and a credit once. */
function beside(prng: Prng, charges: readonly Charge[]): Charge[] {
  const days = new Map(charges.map((charge) => [charge.day, charge]));
  const other = { model: '', kind: 'search', tokens: 0 } as const;
  const searched = new Set([...days.keys()].filter(() => prng.chance(0.2)));
  const searches = [...days]
    .filter(([day]) => searched.has(day))
    .map(([day, { project, user }]) => ({ ...other, day, project, user, dollars: prng.int(1, 40) / 100 }));
  const [day, { project, user }] = prng.pick([...days].filter(([each]) => !searched.has(each)));
  return [...searches, { ...other, day, project, user, dollars: -5 }];
}
