/** `alerts:` of tallyd.yaml: the limits that alert rules read, their defaults and what they mean. */
import { z } from 'zod';

interface AlertLimit {
  name: string;
  default: number;
  /** As the documentation shows it. */
  unit: string;
  meaning: string;
  /** What a value must be. */
  kind: 'share' | 'factor' | 'amount' | 'count' | 'countFromOne';
}

/** The table of docs/budgets.md and the view `alert_settings` are checked against this. */
export const ALERT_LIMITS = [
  {
    name: 'spend_spike_factor',
    default: 3,
    unit: 'times',
    kind: 'factor',
    meaning: 'spending this many times what the same hours of past weeks took is a spike',
  },
  {
    name: 'spend_spike_min_usd',
    default: 5,
    unit: 'US dollars',
    kind: 'amount',
    meaning: 'less than this is never a spike',
  },
  {
    name: 'error_share',
    default: 0.1,
    unit: 'share',
    kind: 'share',
    meaning: 'share of requests that fail from which on it is too many',
  },
  {
    name: 'error_min_requests',
    default: 20,
    unit: 'requests',
    kind: 'countFromOne',
    meaning: 'with fewer requests no share of errors is judged',
  },
  {
    name: 'cache_hit_drop',
    default: 0.3,
    unit: 'share',
    kind: 'share',
    meaning: 'how far the cache hit rate may fall, relative to that of the past weeks',
  },
  {
    name: 'cache_min_tokens',
    default: 100_000,
    unit: 'tokens',
    kind: 'count',
    meaning: 'with less input no cache hit rate is judged',
  },
  {
    name: 'new_spender_usd',
    default: 25,
    unit: 'US dollars',
    kind: 'amount',
    meaning: 'what a model or person never seen before may spend unnoticed',
  },
  {
    name: 'stale_minutes',
    default: 60,
    unit: 'minutes',
    kind: 'countFromOne',
    meaning: 'how long nothing new may arrive from a source that is in use',
  },
  {
    name: 'rejected_records',
    default: 1,
    unit: 'records',
    kind: 'countFromOne',
    meaning: 'rejected records from which on it is told',
  },
  {
    name: 'block_limit_tokens',
    default: 0,
    unit: 'tokens',
    kind: 'count',
    meaning: 'what a five-hour block may take; 0: what the largest earlier block took',
  },
  {
    name: 'block_limit_usd',
    default: 0,
    unit: 'US dollars',
    kind: 'amount',
    meaning: 'what a five-hour block may cost; 0: what the dearest earlier block cost',
  },
  {
    name: 'block_share',
    default: 0.8,
    unit: 'share',
    kind: 'share',
    meaning: 'share of a block limit from which on it is told',
  },
  {
    name: 'unpriced_tokens',
    default: 1,
    unit: 'tokens',
    kind: 'countFromOne',
    meaning: 'tokens of a model without a price from which on it is told',
  },
] as const satisfies readonly AlertLimit[];

export type AlertName = (typeof ALERT_LIMITS)[number]['name'];

/** What `tallyd.yaml` sets; a limit that it does not name has its default. */
export type Alerts = Partial<Record<AlertName, number>>;

const KINDS: Record<AlertLimit['kind'], z.ZodType<number>> = {
  share: checked('must be a share above 0 and at most 1, such as 0.1', (n) => n > 0 && n <= 1),
  factor: checked('must be a number above 1, such as 3', (n) => n > 1),
  amount: checked('must be an amount of dollars, 0 or more', (n) => n >= 0),
  count: checked('must be a whole number, 0 or more', (n) => Number.isSafeInteger(n) && n >= 0),
  countFromOne: checked('must be a whole number above 0', (n) => Number.isSafeInteger(n) && n > 0),
};

const names: readonly string[] = ALERT_LIMITS.map((limit) => limit.name);

/** Checks `alerts:` of tallyd.yaml. Its messages are for the person who wrote the file. */
export const alertsSchema: z.ZodType<Alerts> = z.strictObject(
  Object.fromEntries(ALERT_LIMITS.map((limit) => [limit.name, KINDS[limit.kind].optional()])),
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `${issue.keys.join(', ')} is not known here; there are ${names.join(', ')}`
        : 'alerts must be a map of limits, such as { error_share: 0.2 }',
  },
);

function checked(error: string, isGood: (value: number) => boolean): z.ZodType<number> {
  return z.number({ error }).refine((value) => Number.isFinite(value) && isGood(value), { error });
}
