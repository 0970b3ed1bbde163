/** What people may write under `limits` in `tallyd.yaml`: how much a token may ask for. */
import { z } from 'zod';
import { parseBytes, parseSeconds } from './amounts.ts';

/** How much one token may ask for in a window of time. */
export interface Tier {
  requests?: number | undefined;
  /** Bytes of bodies, as they are sent. */
  bytes?: number | undefined;
  /** Seconds of the window. */
  per: number;
}

export interface LimitsSetting {
  /** By name; `unlimited` is among them, and undefined there. */
  tiers: ReadonlyMap<string, Tier | undefined>;
  /** The tier of tokens that name none. */
  default: string;
  /** Whether `tallyd.yaml` says anything of limits. */
  isSet: boolean;
}

export const UNLIMITED = 'unlimited';
const STANDARD = 'standard';
/** A hundred requests a second, for a minute: people and scrapers stay far below, a loop does not. */
const BUILT_IN: Tier = { requests: 6000, per: 60 };
const LONGEST_SECONDS = 86_400;

/** A tier's name, as it stands in the tokens file too. */
export const TIER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const shape = {
  requests: z
    .number('requests must be a whole number, such as 600')
    .int('requests must be a whole number, such as 600')
    .positive('requests must be above 0')
    .optional(),
  bytes: z
    .unknown()
    .refine((value) => value === undefined || parseBytes(value) !== undefined, {
      error: 'bytes must be a whole number, or one with a unit, such as 500MB or 2GiB',
    })
    .optional(),
  per: z.unknown().refine((value) => (parseSeconds(value) ?? Infinity) <= LONGEST_SECONDS, {
    error: 'per must be a time of at most a day with its unit, such as 10s, 1m or 1h',
  }),
};

const tier = z
  .strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `${issue.keys.join(', ')} is not known here; there are ${Object.keys(shape).join(', ')}`
        : 'must be a map such as { requests: 600, bytes: 2GiB, per: 1m }',
  })
  .refine((one) => one.requests !== undefined || one.bytes !== undefined, {
    error: 'must have requests, bytes or both',
  })
  .transform((one): Tier => ({
    requests: one.requests,
    bytes: parseBytes(one.bytes),
    per: parseSeconds(one.per)!,
  }));

const tiers = z
  .record(
    z.string(),
    tier,
    'tiers must be a map of names to tiers, such as standard: { requests: 600, per: 1m }',
  )
  .superRefine((named, context) => {
    for (const name of Object.keys(named)) {
      if (name === UNLIMITED)
        context.addIssue({ code: 'custom', path: [name], message: 'is there already, and has no limits' });
      else if (!TIER_NAME.test(name))
        context.addIssue({
          code: 'custom',
          path: [name],
          message: 'cannot be a name: use letters, digits and . _ -, beginning with a letter or digit',
        });
    }
  });

const KEYS = 'default, tiers';

/** Checks `limits:` of tallyd.yaml. Its messages are for the person who wrote the file. */
export const limitsSchema = z
  .strictObject(
    { tiers: tiers.optional(), default: z.string('default must be the name of a tier').optional() },
    {
      error: (issue) =>
        issue.code === 'unrecognized_keys'
          ? `${issue.keys.join(', ')} is not known here; there are ${KEYS}`
          : `must be a map with ${KEYS}`,
    },
  )
  .transform((limits, context): LimitsSetting => {
    const all = new Map<string, Tier | undefined>([
      [STANDARD, BUILT_IN],
      ...Object.entries(limits.tiers ?? {}),
      [UNLIMITED, undefined],
    ]);
    const chosen = limits.default ?? STANDARD;
    if (!all.has(chosen))
      context.addIssue({
        code: 'custom',
        path: ['default'],
        message: `is ${JSON.stringify(chosen)}, which is no tier; there are ${[...all.keys()].join(', ')}`,
      });
    return { tiers: all, default: chosen, isSet: limits.tiers !== undefined || limits.default !== undefined };
  });

/** What holds where tallyd.yaml says nothing. */
export const NO_LIMITS: LimitsSetting = limitsSchema.parse({});
