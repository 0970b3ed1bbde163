/** What goes wrong, or merely looks odd, in real Claude Code logs; each a switch. */
import type { Prng } from './prng.ts';

export const CLAUDE_HAZARDS = [
  /** Several lines of one response, growing; the first a placeholder. The fullest counts. */
  'streamedParts',
  /** Responses whose lines stand on both sides of an hour's, a day's or a month's end. */
  'boundaryCrossings',
  /** `/btw`: the id again on a side chain under another request id, at times larger. */
  'sideReplays',
  /** Sub-agents' own files, on side chains, with ids of their own. They count. */
  'subagents',
  /** `type: progress` lines with a sub-agent's usage; some stand in the sub-agent's file as well. */
  'progressLines',
  /** Tool results that tell what a sub-agent used, in `toolUseResult.usage`. They do not count. */
  'toolResultUsage',
  /** A later file begins with a copy of an earlier session, under its own session id. */
  'resumedSessions',
  /** The session in a second folder, only its beginning. */
  'prefixCopies',
  'sameFileTwice',
  'twoSessionsInOneFile',
  /** `<project>/<session>/<file>.jsonl`, as older versions wrote. */
  'nestedLayout',
  /** `msg_` ids without a request id. */
  'missingRequestIds',
  /** Ids of other makers, with a request id and without one. */
  'foreignIds',
  'missingMessageIds',
  'bedrockIds',
  /** Two objects on one line. */
  'gluedLines',
  'noFinalNewline',
  /** A last line cut off, without a newline: still being written. */
  'unfinishedTails',
  'truncatedLines',
  'garbageLines',
  /** Usage whose time cannot be read. */
  'badTimestamps',
  'emptyLines',
  'crlf',
  'spacedJson',
  'nulls',
  /** `usage.iterations`, empty or with an advisor's own usage. */
  'iterations',
  /** `<synthetic>` lines of errors. */
  'apiErrors',
  'usageLimits',
  /** The `cache_creation` object says other than the flat field, or is null. */
  'cacheCreationDisagrees',
  'flatCacheWrites',
  'fastMode',
  'batchTier',
  'longLines',
  'unicode',
  'unknownModels',
  'costUsd',
  'timestampStyles',
  /**
   * Half a surrogate pair, escaped, in texts of usage lines: a tool's output cut in the middle of an
   * emoji. JSON.parse takes it, simdjson does not. Not part of `hazards: true`, name it.
   */
  'loneSurrogates',
] as const;

export type ClaudeHazard = (typeof CLAUDE_HAZARDS)[number];

/** Asks whether a hazard strikes: never when it is switched off. */
export type Strikes = (hazard: ClaudeHazard, probability: number) => boolean;

/** The switches that are on. */
export function claudeHazards(wanted: boolean | Partial<Record<ClaudeHazard, boolean>>): Set<ClaudeHazard> {
  if (wanted === false) return new Set();
  if (wanted === true) return new Set(CLAUDE_HAZARDS.filter((hazard) => hazard !== 'loneSurrogates'));
  return new Set(CLAUDE_HAZARDS.filter((hazard) => wanted[hazard] === true));
}

export function strikes(prng: Prng, on: ReadonlySet<ClaudeHazard>): Strikes {
  return (hazard, probability) => on.has(hazard) && prng.chance(probability);
}
