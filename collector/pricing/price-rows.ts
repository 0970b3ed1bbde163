/**
 * Turns a model of the price list into rows of `model_prices`.
 *
 * First drafts, which say only what the list says, then rows, in which every kind of token has a
 * price. Overrides work on drafts: where `cache_read` costs what input costs because nothing else is
 * known, a new input price is its price too.
 */
import { multiplyDecimals, plainDecimal } from './decimal.ts';
import type { ResolvedModel } from './model-names.ts';
import { DAY_SECONDS, spansOf, type DailyWindow } from './price-periods.ts';
import { isFree, type ListedPrice, type ListedPrices } from './price-list.ts';
import { multipliersOf, NO_DIFFERENCE, type Multipliers } from './service-tiers.ts';
import type { Speed } from './spellings.ts';
import type { ModelName, PriceRow } from './types.ts';

/** Dollars per million tokens as plain decimals; absent: no rate of its own. */
export interface Rates {
  input?: string;
  output?: string;
  cacheRead?: string;
  cacheWrite5m?: string;
  cacheWrite1h?: string;
}

/** A row in the making. */
export interface DraftRow {
  validFrom: number;
  validUntil: number;
  dailyFrom: number;
  dailyUntil: number;
  aboveInputTokens: number;
  rates: Rates;
  multipliers: Multipliers;
  /** What the name itself says, and what is therefore in the rates already. */
  speed: Speed;
  origin: PriceRow['origin'];
  priceProvider: string;
  priceModel: string;
}

const ALL_DAY: DailyWindow = { from: 0, until: DAY_SECONDS };

/** The drafts of a resolved model: spans in time, and in each all day before windows, tiers ascending. */
export function draftRows(resolved: ResolvedModel): DraftRow[] {
  const { model, provider, speed } = resolved;
  const factor = speedFactor(resolved);
  const common = {
    multipliers: remainingMultipliers(multipliersOf(provider, model.id), speed),
    speed,
    origin: 'list' as const,
    priceProvider: provider,
    priceModel: model.id,
  };
  return spansOf(model.periods).flatMap(({ from, until, base, windows }) =>
    [{ hours: ALL_DAY, period: base }, ...windows].flatMap(({ hours, period: { prices } }) => {
      // A model priced by other things than tokens at this time has no price then.
      if (prices.input_mtok === undefined && !isFree(model)) return [];
      return startsOf(prices).map((start) => ({
        ...common,
        validFrom: from,
        validUntil: until,
        dailyFrom: hours.from,
        dailyUntil: hours.until,
        aboveInputTokens: start,
        rates: multiplied(ratesAbove(prices, start), factor),
      }));
    }),
  );
}

/**
 * The rows of drafts that are in order. What has no rate costs what genai-prices charges for it:
 * the cache the input price, a 1-hour write the rate of cache writes, output nothing (embeddings).
 */
export function finishRows(name: ModelName, drafts: readonly DraftRow[]): PriceRow[] {
  return drafts.map(({ rates, multipliers, speed: _, ...draft }, ordinal) => {
    const input = rates.input ?? '0';
    const cacheWrite5m = rates.cacheWrite5m ?? input;
    return {
      ...name,
      ...draft,
      ordinal,
      input,
      cacheWrite5m,
      cacheWrite1h: rates.cacheWrite1h ?? cacheWrite5m,
      cacheRead: rates.cacheRead ?? input,
      output: rates.output ?? '0',
      ...multipliers,
    };
  });
}

/** -1 and every tier start, ascending: one row each. */
function startsOf(prices: ListedPrices): number[] {
  const starts = Object.values(prices).flatMap((price: ListedPrice | undefined) =>
    typeof price === 'object' ? price.tiers.map(({ start }) => start) : [],
  );
  return [...new Set([-1, ...starts])].sort((a, b) => a - b);
}

/**
 * The rates of a request with more input than `start`. A tier of the list holds for the whole
 * request once the input of all kinds is above it (genai-prices, TieredPrices).
 */
function ratesAbove(prices: ListedPrices, start: number): Rates {
  const at = (price: ListedPrice | undefined): string | undefined => {
    if (price === undefined || typeof price === 'number')
      return price === undefined ? undefined : plainDecimal(price);
    const reached = price.tiers.filter((tier) => tier.start <= start).sort((a, b) => a.start - b.start);
    return plainDecimal(reached.at(-1)?.price ?? price.base);
  };
  const anyWrite = at(prices.cache_write_mtok);
  const fiveMinutes = at(prices.cache_write_5m_mtok);
  return defined({
    input: at(prices.input_mtok),
    output: at(prices.output_mtok),
    cacheRead: at(prices.cache_read_mtok),
    cacheWrite5m: fiveMinutes ?? anyWrite,
    // Left open where it would only repeat the other write rate, so that it follows an override of it.
    cacheWrite1h: at(prices.cache_write_1h_mtok) ?? (fiveMinutes === undefined ? undefined : anyWrite),
  });
}

/** The prices of a name that says its speed are that speed's prices. */
function speedFactor({ provider, model, speed }: ResolvedModel): string {
  if (speed === 'standard') return '1';
  return speed === 'free' ? '0' : multipliersOf(provider, model.id)[speed];
}

/** A name's speed is in its prices, so the same word in a tag of the event must not count again. */
export function remainingMultipliers(all: Multipliers, speed: Speed): Multipliers {
  if (speed === 'standard') return all;
  return speed === 'fast' ? { ...all, fast: '1', priority: '1' } : NO_DIFFERENCE;
}

function multiplied(rates: Rates, factor: string): Rates {
  const pairs = Object.entries(rates as Record<string, string>);
  return Object.fromEntries(pairs.map(([kind, rate]) => [kind, multiplyDecimals(rate, factor)]));
}

function defined(rates: { [K in keyof Rates]: string | undefined }): Rates {
  return Object.fromEntries(Object.entries(rates).filter(([, rate]) => rate !== undefined));
}
