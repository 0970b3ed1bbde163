/** Puts an override over the drafts of a name: cut in time, then priced anew where it holds. */
import { overrideAmount, type CompiledOverride } from './overrides.ts';
import { DAY_SECONDS } from './price-periods.ts';
import { remainingMultipliers, type DraftRow, type Rates } from './price-rows.ts';
import { NO_DIFFERENCE, type Multipliers } from './service-tiers.ts';
import { FOREVER, type PriceOverride } from './types.ts';

type Amounts = Pick<PriceOverride, 'input' | 'output' | 'cache_read' | 'cache_write_5m' | 'cache_write_1h'>;

/**
 * The drafts with the override in force where it is valid. What it leaves out stays as it was
 * before it, or as the model has it that it is `like`; where there is nothing to stay (a model of
 * one's own), the override must have input and output, or it is left out. Rows at one moment always
 * share their validity, so what is cut never overlaps.
 */
export function applyOverride(drafts: DraftRow[], compiled: CompiledOverride, like?: DraftRow[]): DraftRow[] {
  const { override } = compiled;
  const from = compiled.from ?? 0;
  const until = compiled.until ?? FOREVER;
  const below = like ?? drafts;
  const priced = groups(within(below, from, until)).flatMap((group) => reprice(group, override));
  const { input, output } = override;
  const ownPrice = input === undefined || output === undefined ? [] : [blank(override)];
  const filled = gaps(below, from, until).flatMap((gap) =>
    ownPrice.flatMap((row) => reprice([{ ...row, ...gap }], override)),
  );
  const replaced = [...priced, ...filled];
  const kept = outside(drafts, replaced);
  // A stable sort: within one validity the order (all day before windows, tiers ascending) stays.
  return [...kept, ...replaced].sort((a, b) => a.validFrom - b.validFrom);
}

function within(drafts: DraftRow[], from: number, until: number): DraftRow[] {
  return drafts
    .map((row) => ({
      ...row,
      validFrom: Math.max(row.validFrom, from),
      validUntil: Math.min(row.validUntil, until),
    }))
    .filter((row) => row.validFrom < row.validUntil);
}

/** The parts of drafts that nothing replaces. */
function outside(drafts: DraftRow[], replaced: DraftRow[]): DraftRow[] {
  return gaps(replaced, 0, FOREVER).flatMap(({ validFrom, validUntil }) =>
    within(drafts, validFrom, validUntil),
  );
}

/** The times in a range in which no row is valid. */
function gaps(rows: DraftRow[], from: number, until: number): Pick<DraftRow, 'validFrom' | 'validUntil'>[] {
  const found = [];
  let reached = from;
  for (const row of [...rows].sort((a, b) => a.validFrom - b.validFrom)) {
    if (row.validFrom >= until) break;
    if (row.validFrom > reached) found.push({ validFrom: reached, validUntil: row.validFrom });
    reached = Math.max(reached, row.validUntil);
  }
  if (reached < until) found.push({ validFrom: reached, validUntil: until });
  return found;
}

/** Rows that differ only in the size of the request, in their order. */
function groups(rows: DraftRow[]): DraftRow[][] {
  const byTime = new Map<string, DraftRow[]>();
  for (const row of rows) byTime.set(timeKey(row), [...(byTime.get(timeKey(row)) ?? []), row]);
  return [...byTime.values()];
}

function timeKey(row: DraftRow): string {
  return [row.validFrom, row.validUntil, row.dailyFrom, row.dailyUntil].join(' ');
}

/**
 * A rate of the override holds for every size of request and hour of the day, up to where an entry
 * of its `above` has another; rates that it does not mention keep their own tiers.
 */
function reprice(group: DraftRow[], override: PriceOverride): DraftRow[] {
  const above = [...(override.above ?? [])].sort((a, b) => a.input_tokens - b.input_tokens);
  const starts = [...group.map((row) => row.aboveInputTokens), ...above.map((entry) => entry.input_tokens)];
  return [...new Set(starts)]
    .sort((a, b) => a - b)
    .map((start) => {
      const row = group.findLast((each) => each.aboveInputTokens <= start) ?? group[0]!;
      const reached = above.filter((entry) => entry.input_tokens <= start);
      const rates = [override, ...reached].reduce<Rates>(
        (base, amounts) => ({ ...base, ...given(amounts) }),
        row.rates,
      );
      const multipliers = remainingMultipliers(
        { ...row.multipliers, ...givenMultipliers(override) },
        row.speed,
      );
      return { ...row, aboveInputTokens: start, rates, multipliers, origin: 'override' as const };
    });
}

function given(amounts: Amounts): Rates {
  return compact({
    input: overrideAmount(amounts.input),
    output: overrideAmount(amounts.output),
    cacheRead: overrideAmount(amounts.cache_read),
    cacheWrite5m: overrideAmount(amounts.cache_write_5m),
    cacheWrite1h: overrideAmount(amounts.cache_write_1h),
  });
}

function givenMultipliers({ multipliers }: PriceOverride): Partial<Multipliers> {
  const pairs = Object.entries(multipliers ?? {}).map(
    ([tier, value]) => [tier, overrideAmount(value)] as const,
  );
  return compact(Object.fromEntries(pairs));
}

function compact<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

/** The row of a model that only the override knows. */
function blank(override: PriceOverride): DraftRow {
  return {
    validFrom: 0,
    validUntil: FOREVER,
    dailyFrom: 0,
    dailyUntil: DAY_SECONDS,
    aboveInputTokens: -1,
    rates: {},
    multipliers: NO_DIFFERENCE,
    origin: 'override',
    speed: 'standard',
    priceProvider: 'tallyd.yaml',
    priceModel: override.model,
  };
}
