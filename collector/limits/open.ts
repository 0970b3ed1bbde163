/** The limits in force, from the configuration. */
import { memoryCounters, redisCounters } from './counters.ts';
import { RateLimits } from './rate-limits.ts';
import type { LimitsSetting } from './schema.ts';

export interface OpenLimitsOptions {
  limits: LimitsSetting;
  /** Whether tokens are asked for. */
  tokens: boolean;
  redisUrl: string | undefined;
  log: { info(message: string): void; warn(message: string): void };
}

export interface OpenLimits {
  /** Undefined: nothing is counted. */
  rates: RateLimits | undefined;
  close: () => void;
}

/**
 * Without tokens only this machine can ask, and one person at a laptop is not to be bothered: then
 * nothing is counted until `tallyd.yaml` says so.
 */
export async function openLimits({ limits, tokens, redisUrl, log }: OpenLimitsOptions): Promise<OpenLimits> {
  if (!tokens && !limits.isSet) return { rates: undefined, close: () => undefined };
  const counters = redisUrl === undefined ? memoryCounters() : await redisCounters(redisUrl, log);
  return { rates: new RateLimits({ limits, limiterOf: counters.limiterOf, log }), close: counters.close };
}
