/**
 * How much one token may ask for in its window, over all ports. Counted by rate-limiter-flexible, in
 * this process or in a Redis that several collectors share.
 */
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import { spokenSeconds } from './amounts.ts';
import { type Policy, rateHeaders, type Use } from './headers.ts';
import type { LimitsSetting, Tier } from './schema.ts';

/** Whose requests are counted together. */
export interface Who {
  /** Never shown: a token's id, an issuer's subject, or an address. */
  key: string;
  /** As sentences call it, such as "the token ci". */
  name: string;
  tier?: string | undefined;
}

export interface Verdict {
  /** What the answer says of the limits, refused or not. */
  headers: Readonly<Record<string, string>>;
  refusal?: Refusal;
}

export interface Refusal {
  /** 413 where waiting would not help. */
  status: 429 | 413;
  reason: Policy['name'];
  /** A sentence that says what to do. */
  detail: string;
  /** Seconds until it may be tried again. */
  seconds: number;
}

/** Counts in one place; a limiter per tier and kind. */
export type LimiterOf = (prefix: string, points: number, seconds: number) => Counter;

/** What is used of a limiter. */
export type Counter = Pick<RateLimiterAbstract, 'consume' | 'get'>;

export interface RateLimitsOptions {
  limits: LimitsSetting;
  limiterOf: LimiterOf;
  log: { warn(message: string): void };
}

interface Counted extends Policy {
  counter: Counter;
}

export class RateLimits {
  readonly #limits: LimitsSetting;
  readonly #tiers = new Map<string, Counted[]>();
  readonly #log: RateLimitsOptions['log'];
  readonly #unknown = new Set<string>();

  constructor({ limits, limiterOf, log }: RateLimitsOptions) {
    this.#limits = limits;
    this.#log = log;
    for (const [name, tier] of limits.tiers)
      this.#tiers.set(name, tier ? countedOf(name, tier, limiterOf) : []);
  }

  /** Counts a request. */
  async request(who: Who): Promise<Verdict> {
    return await this.#take(who, 'requests', 1);
  }

  /**
   * Counts bytes of a body; those that do not fit any more are refused and count nothing.
   * @param whole how many bytes of the body are known of so far; more than the tier ever lets through is
   *   refused for good
   */
  async bytes(who: Who, bytes: number, whole = bytes): Promise<Verdict> {
    return await this.#take(who, 'bytes', bytes, whole);
  }

  async #take(who: Who, kind: Policy['name'], points: number, whole = points): Promise<Verdict> {
    const tier = this.#tierOf(who);
    const policies = this.#tiers.get(tier)!;
    const policy = policies.find(({ name }) => name === kind);
    if (!policy) return { headers: policies.length === 0 ? {} : rateHeaders(policies, []) };
    if (whole > policy.quota)
      return { headers: rateHeaders(policies, []), refusal: neverFits(who, tier, policy) };
    const use = await take(policy, who.key, points);
    const headers = rateHeaders(policies, [use]);
    return use.refused ? { headers, refusal: refusalOf(who, tier, use) } : { headers };
  }

  /** A tier that was taken out of tallyd.yaml must not shut its tokens out. */
  #tierOf({ name, tier }: Who): string {
    if (tier === undefined || this.#tiers.has(tier)) return tier ?? this.#limits.default;
    if (!this.#unknown.has(tier)) {
      this.#unknown.add(tier);
      this.#log.warn(
        `${name} has the tier ${tier}, which is not among limits.tiers of tallyd.yaml; it is treated as ${this.#limits.default}`,
      );
    }
    return this.#limits.default;
  }
}

function countedOf(name: string, tier: Tier, limiterOf: LimiterOf): Counted[] {
  return (['requests', 'bytes'] as const).flatMap((kind) => {
    const quota = tier[kind];
    if (quota === undefined) return [];
    const counter = limiterOf(`${name}:${kind}`, quota, tier.per);
    return [{ name: kind, quota, seconds: tier.per, counter }];
  });
}

async function take(policy: Counted, key: string, points: number): Promise<Use & { refused: boolean }> {
  const { counter, quota, seconds } = policy;
  // a refused upload of a gigabyte must not use up what smaller ones could have
  const before = points > 1 ? await counter.get(key) : null;
  const fits = before === null || before.consumedPoints + points <= quota;
  const { result, refused } = fits ? await consume(counter, key, points) : { result: before, refused: true };
  return {
    policy,
    refused,
    remaining: Math.max(0, quota - result.consumedPoints),
    seconds: Math.min(seconds, Math.max(1, Math.ceil(result.msBeforeNext / 1000))),
  };
}

async function consume(counter: Counter, key: string, points: number) {
  try {
    return { result: await counter.consume(key, points), refused: false };
  } catch (error) {
    if (error instanceof RateLimiterRes) return { result: error, refused: true };
    throw error;
  }
}

function refusalOf(who: Who, tier: string, { policy, seconds, remaining }: Use): Refusal {
  const { name, quota } = policy;
  const window = `${quota} ${name} ${perWindow(policy)} (tier ${tier})`;
  const used =
    name === 'requests'
      ? `has used up its ${window}`
      : `has ${remaining} left of its ${window}, fewer than this`;
  return {
    status: 429,
    reason: name,
    seconds,
    detail: `${who.name} ${used}: wait ${seconds} seconds, then send it again. Tiers stand under limits in tallyd.yaml.`,
  };
}

function neverFits(who: Who, tier: string, policy: Policy): Refusal {
  const { quota, seconds } = policy;
  return {
    status: 413,
    reason: 'bytes',
    seconds,
    detail:
      `${who.name} may send ${quota} bytes ${perWindow(policy)} (tier ${tier}), and this is more: split the file ` +
      '(each part of a table with its header), compress it, or use a token of a larger tier (limits in tallyd.yaml).',
  };
}

function perWindow({ seconds }: Policy): string {
  return seconds === 1 ? 'a second' : `in ${spokenSeconds(seconds)}`;
}
