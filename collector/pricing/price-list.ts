/**
 * The price list: the data of `@pydantic/genai-prices`, either what the package carries or a newer
 * copy of the same JSON. Only what tallyd prices by is kept of it, checked and in one shape.
 */
import { createHash } from 'node:crypto';
import { waitForUpdate } from '@pydantic/genai-prices';
import { z } from 'zod';
import { parseConstraint, type Constraint } from './price-periods.ts';

/** A rule of the list that says which reported names a model goes by. */
export type MatchRule =
  | { or: MatchRule[] }
  | { and: MatchRule[] }
  | { equals: string }
  | { starts_with: string }
  | { ends_with: string }
  | { contains: string }
  | { regex: string };

/** Dollars per million tokens; with tiers, the price that a whole request takes above `start`. */
export type ListedPrice = number | { base: number; tiers: { start: number; price: number }[] };

/** The kinds of token price that are read; the list has more (audio, images, searches). */
export interface ListedPrices {
  input_mtok?: ListedPrice;
  cache_write_mtok?: ListedPrice;
  cache_write_5m_mtok?: ListedPrice;
  cache_write_1h_mtok?: ListedPrice;
  cache_read_mtok?: ListedPrice;
  output_mtok?: ListedPrice;
}

/** Prices and when they hold. Of the periods that hold, the last of the model's list counts. */
export interface ListedPeriod {
  constraint?: Constraint;
  prices: ListedPrices;
}

export interface ListedModel {
  id: string;
  match: MatchRule;
  periods: ListedPeriod[];
}

export interface ListedProvider {
  id: string;
  models: ListedModel[];
}

export interface PriceList {
  providers: ReadonlyMap<string, ListedProvider>;
  modelCount: number;
  /** A hash over everything that prices are made from. */
  fingerprint: string;
}

/** Thrown for JSON that is no price list; the message says where it differs. */
export class PriceListError extends Error {
  override readonly name = 'PriceListError';
}

const text = z.string().min(1);
const matchRule: z.ZodType<MatchRule> = z.lazy(() =>
  z.union([
    z.object({ or: z.array(matchRule) }),
    z.object({ and: z.array(matchRule) }),
    z.object({ equals: text }),
    z.object({ starts_with: text }),
    z.object({ ends_with: text }),
    z.object({ contains: text }),
    z.object({ regex: text }),
  ]),
);
const amount = z.number().nonnegative();
const price = z.union([
  amount,
  z.object({
    base: amount,
    tiers: z.array(z.object({ start: z.number().int().nonnegative(), price: amount })),
  }),
]);
// Unknown keys are dropped, not refused: a newer list may price more kinds of things.
const prices = z.object({
  input_mtok: price.optional(),
  cache_write_mtok: price.optional(),
  cache_write_5m_mtok: price.optional(),
  cache_write_1h_mtok: price.optional(),
  cache_read_mtok: price.optional(),
  output_mtok: price.optional(),
});
const constraint = z.unknown().transform((value, context): Constraint => {
  const parsed = parseConstraint(value);
  if (parsed) return parsed;
  context.addIssue({ code: 'custom', message: `unknown constraint ${JSON.stringify(value)}` });
  return z.NEVER;
});
const model = z.object({
  id: text,
  match: matchRule,
  prices: z.union([z.array(z.object({ constraint: constraint.optional(), prices })).min(1), prices]),
});
const providers = z.array(z.object({ id: text, models: z.array(model) })).min(1);

/** Checks parsed JSON (an array of providers) and makes a list of it. Throws PriceListError. */
export function parsePriceList(json: unknown): PriceList {
  const checked = providers.safeParse(json);
  if (!checked.success) {
    const { path, message } = checked.error.issues[0]!;
    throw new PriceListError(`not a price list: ${path.join('.') || 'the whole'}: ${message}`);
  }
  const listed = checked.data.map(({ id, models }) => ({
    id,
    models: models.map(({ id, match, prices }): ListedModel => {
      return { id, match, periods: Array.isArray(prices) ? prices : [{ prices }] };
    }),
  }));
  const modelCount = listed.reduce((sum, provider) => sum + provider.models.length, 0);
  if (modelCount === 0) throw new PriceListError('not a price list: it has no models');
  return {
    providers: new Map(listed.map((provider) => [provider.id, provider])),
    modelCount,
    fingerprint: createHash('sha256').update(JSON.stringify(listed)).digest('hex'),
  };
}

/**
 * The list that the package carries. `waitForUpdate` is the package's only way to the whole list:
 * it resolves to the data in use, which is the bundled data as long as nobody in this process
 * calls `updatePrices` (tallyd does not).
 */
export async function bundledPriceList(): Promise<PriceList> {
  return parsePriceList(await waitForUpdate());
}

/**
 * Whether the list says what the model's tokens cost. Models priced by the page or the hour have no
 * token price. An empty price counts only where the name says `:free`: elsewhere it stands for
 * "included in a plan" or "not known", and unpriced must not look like free.
 */
export function hasTokenPrices(model: ListedModel): boolean {
  return isFree(model) || model.periods.some(({ prices }) => prices.input_mtok !== undefined);
}

/** Whether the list has this as a free variant: named `:free`, without any price. */
export function isFree(model: ListedModel): boolean {
  return model.id.endsWith(':free') && model.periods.every(({ prices }) => prices.input_mtok === undefined);
}
