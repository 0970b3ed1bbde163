/** What real Codex rollouts do to readers; each a switch. */

export const CODEX_HAZARDS = [
  /** `token_count` with `info: null`. */
  'emptyInfo',
  /** The same totals again, with the same last usage: nothing new happened. */
  'reEmitted',
  /** After a compaction the totals start again, low. */
  'counterResets',
  /** Events that tell totals only, so the difference counts. */
  'totalsOnly',
  /** Events that tell the last usage only. */
  'lastOnly',
  'modelChanges',
  /** A child begins with a replay of its parent, stamped anew in a burst. */
  'forks',
  /** A fork that goes back: the replay ends before the parent's state at the time of the fork. */
  'backtrackedForks',
  'forksOfForks',
  /** The parent's file is not there. */
  'missingParents',
  /** Threads spawned by a thread, with a replay and without one. */
  'subagents',
  'numericStrings',
  'alternativeNames',
  /** `thread_settings_applied` with a service tier. */
  'serviceTiers',
  /** The same file, or its beginning, below `archived_sessions/`; or a thread that is only there. */
  'archivedCopies',
  'malformedLines',
  'noFinalNewline',
  'unfinishedTails',
  'longLines',
  'unicode',
] as const;

export type CodexHazard = (typeof CODEX_HAZARDS)[number];

/** Asks whether a hazard strikes: never when it is switched off. */
export type CodexStrikes = (hazard: CodexHazard, probability: number) => boolean;

/** The switches that are on. */
export function codexHazards(wanted: boolean | Partial<Record<CodexHazard, boolean>>): Set<CodexHazard> {
  return new Set(
    CODEX_HAZARDS.filter((hazard) => wanted === true || (wanted !== false && wanted[hazard] === true)),
  );
}
