/** `prices:` of tallyd.yaml: what may be written there, and which entries speak of a name. */
import { z } from 'zod';
import { canonicalProvider } from './makers.ts';
import { isPlainDecimal, plainDecimal } from './decimal.ts';
import { resolveModel } from './model-names.ts';
import type { PriceList } from './price-list.ts';
import type { ModelName, PriceOverride } from './types.ts';

const amount = decimal('must be an amount of dollars per million tokens, 0 or more, such as 2.5');
const multiplier = decimal('must be a number that the cost is multiplied by, such as 0.5');
const day = z
  .string({ error: 'must be a day, YYYY-MM-DD' })
  .refine(isDay, { error: 'must be a day, YYYY-MM-DD' });
const name = z.string({ error: 'must be a name' }).trim().min(1, { error: 'must not be empty' });

const rates = {
  input: amount.optional(),
  output: amount.optional(),
  cache_read: amount.optional(),
  cache_write_5m: amount.optional(),
  cache_write_1h: amount.optional(),
};
const RATES = Object.keys(rates) as (keyof typeof rates)[];
const tier = strict({
  input_tokens: z.number({ error: 'must be a whole number of tokens' }).int().nonnegative(),
  ...rates,
});
const multipliers = strict({
  fast: multiplier.optional(),
  batch: multiplier.optional(),
  flex: multiplier.optional(),
  priority: multiplier.optional(),
});

/** Checks `prices:` of tallyd.yaml. Its messages are for the person who wrote the file. */
export const priceOverridesSchema: z.ZodType<PriceOverride[]> = z.array(
  strict({
    model: name,
    provider: name.optional(),
    from: day.optional(),
    until: day.optional(),
    like: name.optional(),
    ...rates,
    above: z.array(tier).min(1, { error: 'must have an entry, or be left out' }).optional(),
    multipliers: multipliers.optional(),
  }).superRefine((override, context) => {
    const complain = (message: string, ...path: string[]): void =>
      context.addIssue({ code: 'custom', message, path });
    if (override.from && override.until && override.from >= override.until) {
      complain(
        'must be a later day than `from`: it is the first day that the price no longer holds',
        'until',
      );
    }
    const says = [
      override.like,
      override.above,
      override.multipliers,
      ...RATES.map((rate) => override[rate]),
    ];
    if (says.every((value) => value === undefined)) {
      complain('says nothing: give it `input` and `output`, or `like`, or `multipliers`');
    }
    const starts = override.above?.map((entry) => entry.input_tokens) ?? [];
    if (new Set(starts).size < starts.length)
      complain('has two entries with the same `input_tokens`', 'above');
  }),
  { error: '`prices` must be a list of entries, each with a `model`' },
);

/** An override ready for use. Times are ms since the epoch. */
export interface CompiledOverride {
  override: PriceOverride;
  from: number | undefined;
  until: number | undefined;
  appliesTo(name: ModelName): boolean;
}

/** Prepares an override that {@link priceOverridesSchema} let through. */
export function compileOverride(override: PriceOverride): CompiledOverride {
  const pattern = override.model.trim().split(/\*+/).map(escapePattern).join('.*');
  const model = new RegExp(`^${pattern}$`, 'is');
  const provider = override.provider === undefined ? undefined : canonicalProvider(override.provider);
  return {
    override,
    from: override.from === undefined ? undefined : Date.parse(override.from),
    until: override.until === undefined ? undefined : Date.parse(override.until),
    appliesTo: (name) =>
      model.test(name.model.trim()) &&
      (provider === undefined || provider === canonicalProvider(name.provider)),
  };
}

/**
 * What a list shows to be wrong with overrides, as sentences: a `like` that it does not know, and a
 * model of one's own without a whole price. Empty when all is well. For the start and `doctor`; a
 * price book leaves such an override out, so that a refreshed list never stops the collector.
 */
export function overrideProblems(list: PriceList, overrides: readonly PriceOverride[]): string[] {
  return overrides.flatMap((override, i) => {
    const at = `prices[${i}] (${override.model})`;
    const provider = override.provider ?? '';
    if (override.like !== undefined) {
      if (resolveModel(list, { provider, model: override.like })) return [];
      return [
        `${at}: the price list knows no model "${override.like}"; \`like\` must name one that it knows`,
      ];
    }
    if (override.model.includes('*') || resolveModel(list, { provider, model: override.model })) return [];
    // An earlier entry may have given the whole price; this one then changes a part of it.
    const named = { provider, model: override.model };
    const before = overrides.slice(0, i + 1).filter((other) => compileOverride(other).appliesTo(named));
    if (before.some((other) => other.like ?? (other.input !== undefined && other.output !== undefined)))
      return [];
    const missing = (['input', 'output'] as const).filter((rate) => override[rate] === undefined);
    return [
      `${at}: the price list does not know this model, so the entry needs ${missing.map((m) => `\`${m}\``).join(' and ')}`,
    ];
  });
}

/** An amount of an override as a plain decimal. */
export function overrideAmount(value: number | string | undefined): string | undefined {
  return value === undefined ? undefined : plainDecimal(value);
}

/** A number, or a string for more digits than a number keeps. */
function decimal(error: string): z.ZodType<number | string> {
  return z.union([z.number(), z.string()], { error }).refine(isAmount, { error });
}

function isAmount(value: number | string): boolean {
  return typeof value === 'number' ? value >= 0 && Number.isFinite(value) : isPlainDecimal(value.trim());
}

function strict<S extends z.ZodRawShape>(shape: S): z.ZodObject<S, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return 'must be a mapping';
      return `unknown key ${issue.keys.join(', ')}; the keys are ${Object.keys(shape).join(', ')}`;
    },
  });
}

function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const time = Date.parse(value);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}

function escapePattern(literal: string): string {
  return literal.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}
