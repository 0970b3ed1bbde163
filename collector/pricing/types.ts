/** What pricing gives the store: rows of `model_prices`. */

/** A model as events name it. */
export interface ModelName {
  /** Provider as the event has it, '' when unknown. */
  provider: string;
  /** Model as reported. */
  model: string;
}

/**
 * One row of `model_prices`: what a model costs, from when to when, in which hours of the day and
 * above which size of the request. Of the rows that hold for an event, the last by `ordinal` wins.
 * Prices are US dollars per million tokens, as decimal strings.
 */
export interface PriceRow extends ModelName {
  /** Where the price was found: provider and model of the price list, for people to check. */
  priceProvider: string;
  priceModel: string;
  origin: 'list' | 'override';
  /** Inclusive, ms since the epoch; 0 for "always was". */
  validFrom: number;
  /** Exclusive, ms since the epoch; FOREVER when open. */
  validUntil: number;
  /** Seconds of the UTC day; 0 and 86400 for all of it. A window may not cross midnight (split it). */
  dailyFrom: number;
  dailyUntil: number;
  /** The row holds for requests with more input tokens (all kinds of input together) than this; -1: all. */
  aboveInputTokens: number;
  ordinal: number;
  input: string;
  cacheWrite5m: string;
  cacheWrite1h: string;
  cacheRead: string;
  output: string;
  /** What the whole cost is multiplied by for a speed or service tier; '1' where it makes no difference. */
  fast: string;
  batch: string;
  flex: string;
  priority: string;
}

/** 2100-01-01, the open end of a validity. */
export const FOREVER = 4_102_444_800_000;

/** An override of `tallyd.yaml`: `prices:` is a list of these. Dollars per million tokens. */
export interface PriceOverride {
  /** Model name, or a pattern with `*`; compared without case. */
  model: string;
  /** Only for events of this provider. */
  provider?: string;
  /** First day it holds, `YYYY-MM-DD`, UTC; absent: always. */
  from?: string;
  /** First day it no longer holds; absent: open. */
  until?: string;
  /** Use the prices of this model of the price list, under its own name. */
  like?: string;
  input?: number | string;
  output?: number | string;
  cache_read?: number | string;
  cache_write_5m?: number | string;
  cache_write_1h?: number | string;
  /** Prices above a context size. */
  above?: {
    input_tokens: number;
    input?: number | string;
    output?: number | string;
    cache_read?: number | string;
    cache_write_5m?: number | string;
    cache_write_1h?: number | string;
  }[];
  multipliers?: {
    fast?: number | string;
    batch?: number | string;
    flex?: number | string;
    priority?: number | string;
  };
}

/** Finds prices for names. Pure once made: the same list and overrides give the same rows. */
export interface PriceBook {
  /** All rows for one name; empty when nothing is known of it (the model is unpriced). */
  rowsFor(name: ModelName): PriceRow[];
  /** Changes when any answer of `rowsFor` may have changed (a hash over list and overrides). */
  readonly fingerprint: string;
}
