/** What a report is asked for, and what it answers. The shapes of the JSON are in docs/reports.md. */

import type { Billed } from './billed-types.ts';

export type ReportKind = 'daily' | 'weekly' | 'monthly' | 'session' | 'blocks' | 'billed';
export const REPORT_KINDS: readonly ReportKind[] = [
  'daily',
  'weekly',
  'monthly',
  'session',
  'blocks',
  'billed',
];

/** Where a cost comes from: see docs/reports.md, "Costs". */
export type CostMode = 'auto' | 'calculate' | 'display';

export interface ReportOptions {
  /** First local day, `YYYYMMDD` or `YYYY-MM-DD`, inclusive. */
  since?: string;
  /** Last local day, inclusive. */
  until?: string;
  /** IANA name of the zone whose days are meant. */
  timezone: string;
  /** The settings checked it and spelled it out: looking it up again loads tables for 12 ms. */
  timezoneIsCanonical?: boolean;
  /** Undefined: the mode the store is configured with. */
  mode?: CostMode;
  /** Tables show a line per model. JSON always has them. */
  breakdown?: boolean;
  /** Names, or patterns with `*`. A project also matches by the last part of its path. */
  project?: readonly string[];
  model?: readonly string[];
  source?: readonly string[];
  /** @default 'asc' */
  order?: 'asc' | 'desc';
  /** @default 'monday' */
  startOfWeek?: 'monday' | 'sunday';
  /** Blocks: only the one that is running. */
  active?: boolean;
  /** Blocks: only those of the last three days. */
  recent?: boolean;
  /** Blocks: the tokens a block may take; `max`: as many as the largest completed one took. */
  tokenLimit?: number | 'max';
  /** Only this session; with `session`, its requests one by one. */
  sessionId?: string;
  /** What "now" is, ms since the epoch. @default Date.now() */
  now?: number;
}

/** Members that ccusage does not have are marked "ours". */
export interface ModelBreakdown {
  modelName: string;
  inputTokens: number;
  outputTokens: number;
  cacheCreationTokens: number;
  cacheReadTokens: number;
  cost: number;
  /** Ours, when above 0. */
  unclassifiedTokens?: number;
  /** Ours, where a cost is missing: tokens that no price was found for; 0 where their source tells none. */
  unpricedTokens?: number;
}

/** The numbers every row and the totals have. */
export interface Sums {
  inputTokens: number;
  outputTokens: number;
  cacheCreationTokens: number;
  cacheReadTokens: number;
  totalTokens: number;
  totalCost: number;
  /** Ours: how many requests. */
  requests: number;
  /** Ours, when above 0: the part of outputTokens that was reasoning. */
  reasoningTokens?: number;
  /** Ours, when above 0: tokens of a kind the source does not tell; totalTokens includes them. */
  unclassifiedTokens?: number;
  /** Ours, where a cost is missing: tokens that no price was found for; 0 where their source tells none. */
  unpricedTokens?: number;
}

export interface UsageRow extends Sums {
  modelsUsed: string[];
  modelBreakdowns: ModelBreakdown[];
}
export type DailyRow = { date: string } & UsageRow;
export type WeeklyRow = { week: string } & UsageRow;
export type MonthlyRow = { month: string } & UsageRow;
export type SessionRow = {
  sessionId: string;
  projectPath: string;
  firstActivity: string;
  lastActivity: string;
  /** Ours. */
  source: string;
} & UsageRow;

export type Totals = Sums & { unpricedModels?: string[] };

export interface SessionDetail {
  sessionId: string;
  totalCost: number;
  totalTokens: number;
  entries: SessionEntry[];
}
export interface SessionEntry {
  timestamp: string;
  inputTokens: number;
  outputTokens: number;
  cacheCreationTokens: number;
  cacheReadTokens: number;
  model: string;
  /** null (ours) where no price was found. */
  costUSD: number | null;
  /** Ours, when above 0. */
  unclassifiedTokens?: number;
}

export interface BurnRate {
  tokensPerMinute: number;
  tokensPerMinuteForIndicator: number;
  costPerHour: number;
}
export interface Projection {
  totalTokens: number;
  totalCost: number;
  remainingMinutes: number;
}
export interface TokenLimitStatus {
  limit: number;
  projectedUsage: number;
  percentUsed: number;
  status: 'ok' | 'warning' | 'exceeds';
}
export interface Block {
  id: string;
  startTime: string;
  endTime: string;
  actualEndTime: string | null;
  isActive: boolean;
  isGap: boolean;
  entries: number;
  tokenCounts: {
    inputTokens: number;
    outputTokens: number;
    cacheCreationInputTokens: number;
    cacheReadInputTokens: number;
  };
  totalTokens: number;
  costUSD: number;
  models: string[];
  burnRate: BurnRate | null;
  projection: Projection | null;
  tokenLimitStatus?: TokenLimitStatus;
  /** Ours. */
  source: string;
  /** Ours, when above 0. */
  unpricedTokens?: number;
}

export type Daily = { daily: DailyRow[]; totals: Totals };
export type Weekly = { weekly: WeeklyRow[]; totals: Totals };
export type Monthly = { monthly: MonthlyRow[]; totals: Totals };
export type Sessions = {
  sessions: SessionRow[];
  totals: Totals;
  /** Ours, when there is any: usage that names no session and is therefore in no row. */
  withoutSession?: { requests: number; totalTokens: number; totalCost: number };
};
export type Blocks = { blocks: Block[]; unpricedModels?: string[] };

/** What a table says beside its numbers. */
export interface About {
  mode: CostMode;
  /** As it was asked for, and as the tz database spells it. */
  timezone: string;
  zone: string;
  breakdown: boolean;
  /** Whether a part of the costs was computed from prices. */
  estimated: boolean;
  unpriced: UnpricedModel[];
  /** Whether filters or dates left usage out. */
  filtered: boolean;
  /** Whether only the running block was asked for. */
  activeOnly: boolean;
  now: number;
}
export interface UnpricedModel {
  model: string;
  tokens: number;
  requests: number;
}

/** `json` is what `--json` prints; `about` is for tables. */
export type Report = { about: About } & (
  | { kind: 'daily'; json: Daily }
  | { kind: 'weekly'; json: Weekly }
  | { kind: 'monthly'; json: Monthly }
  | { kind: 'session'; json: Sessions }
  | { kind: 'session-detail'; json: SessionDetail | null }
  | { kind: 'blocks'; json: Blocks }
  | { kind: 'billed'; json: Billed }
);
