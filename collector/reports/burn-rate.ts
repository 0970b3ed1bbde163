/** How fast the running block is used up, where that leads, and whether that is too much. */
import type { Block, BurnRate, Projection, TokenLimitStatus } from './types.ts';

const MINUTE_MS = 60_000;
/** A projection beyond this part of the limit is a warning. */
const WARNING_SHARE = 0.8;

interface Used {
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  totalCost: number;
}

/** One request alone has no duration, and so no rate. */
export function burnRateOf(used: Used, durationMs: number): BurnRate | null {
  const minutes = durationMs / MINUTE_MS;
  if (minutes <= 0) return null;
  return {
    tokensPerMinute: used.totalTokens / minutes,
    tokensPerMinuteForIndicator: (used.inputTokens + used.outputTokens) / minutes,
    costPerHour: (used.totalCost / minutes) * 60,
  };
}

/** What the block comes to when it goes on like this until its end. */
export function project(used: Used, rate: BurnRate, leftMs: number): Projection {
  const remainingMinutes = Math.round(leftMs / MINUTE_MS);
  const cost = used.totalCost + (rate.costPerHour / 60) * remainingMinutes;
  return {
    totalTokens: Math.round(used.totalTokens + rate.tokensPerMinute * remainingMinutes),
    totalCost: Math.round(cost * 100) / 100,
    remainingMinutes,
  };
}

export function withLimits(blocks: readonly Block[], tokenLimit: number | 'max'): Block[] {
  const completed = blocks.filter((each) => !each.isActive).map((each) => each.totalTokens);
  const limit =
    tokenLimit === 'max' ? completed.reduce((max, tokens) => Math.max(max, tokens), 0) : tokenLimit;
  if (limit <= 0) return [...blocks];
  return blocks.map((each) =>
    each.projection ? { ...each, tokenLimitStatus: limitStatus(each.projection.totalTokens, limit) } : each,
  );
}

function limitStatus(projectedUsage: number, limit: number): TokenLimitStatus {
  const status =
    projectedUsage > limit ? 'exceeds' : projectedUsage > limit * WARNING_SHARE ? 'warning' : 'ok';
  return { limit, projectedUsage, percentUsed: (projectedUsage / limit) * 100, status };
}
