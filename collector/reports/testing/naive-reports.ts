/** What the reports must say, computed one event at a time. */
import type { CostMode, ModelBreakdown, ReportKind, ReportOptions, Sums } from '../types.ts';
import type { TestEvent } from './events.ts';

const HOUR = 3_600_000;
/** Billionths of a dollar per token; what is not output costs what input costs. */
const PRICES: Record<string, { input: bigint; output: bigint }> = {
  'claude-sonnet-4-5': { input: 3000n, output: 15000n },
  'claude-opus-4-1': { input: 15000n, output: 75000n },
};

export function naivePeriods(
  kind: Exclude<ReportKind, 'session' | 'blocks' | 'billed'>,
  options: ReportOptions,
  events: readonly TestEvent[],
) {
  const periods = new Map<string, TestEvent[]>();
  const chosen = events.filter((event) => matches(event, options) && inDays(event.ts, options));
  for (const event of chosen) {
    const period = periodOf(kind, dayOf(event.ts, options.timezone), options);
    periods.set(period, [...(periods.get(period) ?? []), event]);
  }
  const key = { daily: 'date', weekly: 'week', monthly: 'month' }[kind];
  const rows = [...periods]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([period, of]) => ({ [key]: period, ...usage(of, options) }));
  if (options.order === 'desc') rows.reverse();
  return { [kind]: rows, totals: totals(chosen, options) } as {
    totals: Sums;
  };
}

export function naiveSessions(options: ReportOptions, events: readonly TestEvent[]) {
  const sessions = new Map<string, TestEvent[]>();
  const matching = events.filter((event) => matches(event, options));
  for (const event of matching.filter((each) => each.session !== ''))
    sessions.set(event.session, [...(sessions.get(event.session) ?? []), event]);
  const chosen = [...sessions].filter(([, of]) => inDays(last(of), options));
  const rows = chosen.map(([sessionId, of]) => ({
    sessionId,
    projectPath: of
      .filter((event) => event.ts === last(of))
      .map((event) => event.project)
      .sort()
      .at(-1),
    firstActivity: iso(first(of)),
    lastActivity: iso(last(of)),
    source: of[0]!.source,
    ...usage(of, options),
  }));
  rows.sort((a, b) => (a.lastActivity + a.sessionId < b.lastActivity + b.sessionId ? -1 : 1));
  if (options.order === 'desc') rows.reverse();
  const without = matching.filter((event) => event.session === '' && inDays(event.ts, options));
  const { requests, totalTokens, totalCost } = sums(without, options);
  return {
    sessions: rows,
    totals: totals(
      chosen.flatMap(([, of]) => of),
      options,
    ),
    ...(without.length > 0 && { withoutSession: { requests, totalTokens, totalCost } }),
  };
}

/** The algorithm as it is written down, request by request. */
export function naiveBlocks(options: ReportOptions, events: readonly TestEvent[]) {
  const sources = [...new Set(events.map((event) => event.source))].sort();
  const matching = events.filter((event) => event.grain === 'request' && matches(event, options));
  const all = sources.flatMap((source) => {
    const own = matching.filter((event) => event.source === source).sort((a, b) => a.ts - b.ts);
    return limited(blocksOf(source, own, options), options);
  });
  const now = options.now!;
  const blocks = all
    .filter((block) => !options.active || block.isActive)
    .filter((block) => !options.recent || block.isActive || Date.parse(block.startTime) >= now - 72 * HOUR)
    .filter((block) => inDays(Date.parse(block.startTime), options))
    .sort((a, b) => (a.startTime + a.source < b.startTime + b.source ? -1 : 1));
  const unpriced = totals(
    blocks.flatMap((block) => block.of),
    options,
  ).unpricedModels;
  return {
    blocks: blocks.map(({ of: _, ...block }) => block),
    ...(unpriced && { unpricedModels: unpriced }),
  };
}

function blocksOf(source: string, events: readonly TestEvent[], options: ReportOptions) {
  const blocks: ReturnType<typeof blockOf>[] = [];
  let current: TestEvent[] = [];
  let start = 0;
  for (const event of events) {
    const before = current.at(-1);
    if (before && (event.ts - start > 5 * HOUR || event.ts - before.ts > 5 * HOUR)) {
      blocks.push(blockOf(source, start, current, options));
      if (event.ts - before.ts > 5 * HOUR) blocks.push(gapOf(source, before.ts + 5 * HOUR, event.ts));
      current = [];
    }
    if (current.length === 0) start = Math.floor(event.ts / HOUR) * HOUR;
    current.push(event);
  }
  if (current.length > 0) blocks.push(blockOf(source, start, current, options));
  return blocks;
}

function blockOf(source: string, start: number, of: readonly TestEvent[], options: ReportOptions) {
  const used = usage(of, options);
  const end = start + 5 * HOUR;
  const isActive = options.now! - last(of) < 5 * HOUR && options.now! < end;
  const minutes = (last(of) - first(of)) / 60_000;
  const burnRate =
    isActive && minutes > 0
      ? {
          tokensPerMinute: used.totalTokens / minutes,
          tokensPerMinuteForIndicator: (used.inputTokens + used.outputTokens) / minutes,
          costPerHour: (used.totalCost / minutes) * 60,
        }
      : null;
  const remainingMinutes = Math.round((end - options.now!) / 60_000);
  return {
    id: iso(start),
    startTime: iso(start),
    endTime: iso(end),
    actualEndTime: iso(last(of)) as string | null,
    isActive,
    isGap: false,
    entries: of.length,
    tokenCounts: {
      inputTokens: used.inputTokens,
      outputTokens: used.outputTokens,
      cacheCreationInputTokens: used.cacheCreationTokens,
      cacheReadInputTokens: used.cacheReadTokens,
    },
    totalTokens: used.totalTokens,
    costUSD: used.totalCost,
    models: used.modelsUsed,
    burnRate,
    projection: burnRate && {
      totalTokens: Math.round(used.totalTokens + burnRate.tokensPerMinute * remainingMinutes),
      totalCost: Math.round((used.totalCost + (burnRate.costPerHour / 60) * remainingMinutes) * 100) / 100,
      remainingMinutes,
    },
    source,
    ...(used.unpricedTokens && { unpricedTokens: used.unpricedTokens }),
    of: [...of],
  };
}

function gapOf(source: string, start: number, end: number): ReturnType<typeof blockOf> {
  return {
    ...blockOf(source, start, [], { timezone: 'UTC', now: Infinity }),
    id: `gap-${iso(start)}`,
    endTime: iso(end),
    actualEndTime: null,
    isGap: true,
  };
}

function limited(blocks: ReturnType<typeof blockOf>[], { tokenLimit }: ReportOptions) {
  if (tokenLimit === undefined) return blocks;
  const completed = blocks.filter((block) => !block.isActive).map((block) => block.totalTokens);
  const limit = tokenLimit === 'max' ? Math.max(0, ...completed) : tokenLimit;
  if (limit === 0) return blocks;
  return blocks.map((block) => {
    if (!block.projection) return block;
    const projectedUsage = block.projection.totalTokens;
    const status = projectedUsage > limit ? 'exceeds' : projectedUsage > 0.8 * limit ? 'warning' : 'ok';
    return {
      ...block,
      tokenLimitStatus: { limit, projectedUsage, percentUsed: (projectedUsage / limit) * 100, status },
    };
  });
}

function usage(events: readonly TestEvent[], options: ReportOptions) {
  const models = [...new Set(events.map((event) => event.model))].filter((model) => model !== '').sort();
  const modelBreakdowns = models
    .map((model) =>
      breakdown(
        model,
        sums(
          events.filter((event) => event.model === model),
          options,
        ),
      ),
    )
    .sort((a, b) => b.cost - a.cost || (a.modelName < b.modelName ? -1 : 1));
  return { ...sums(events, options), modelsUsed: models, modelBreakdowns };
}

function breakdown(modelName: string, of: Sums): ModelBreakdown {
  return {
    modelName,
    inputTokens: of.inputTokens,
    outputTokens: of.outputTokens,
    cacheCreationTokens: of.cacheCreationTokens,
    cacheReadTokens: of.cacheReadTokens,
    cost: of.totalCost,
    ...(of.unclassifiedTokens && { unclassifiedTokens: of.unclassifiedTokens }),
    ...(of.unpricedTokens && { unpricedTokens: of.unpricedTokens }),
  };
}

function totals(events: readonly TestEvent[], options: ReportOptions) {
  const models = [...new Set(events.map((event) => event.model))];
  const unpriced = models
    .map((model) => ({
      model,
      tokens:
        sums(
          events.filter((event) => event.model === model),
          options,
        ).unpricedTokens ?? 0,
    }))
    .filter(({ tokens }) => tokens > 0)
    .sort((a, b) => b.tokens - a.tokens || (a.model < b.model ? -1 : 1))
    .map(({ model }) => model || '(no model name)');
  return { ...sums(events, options), ...(unpriced.length > 0 && { unpricedModels: unpriced }) };
}

function sums(events: readonly TestEvent[], options: ReportOptions): Sums {
  const mode = options.mode ?? 'auto';
  const add = (value: (event: TestEvent) => number) => events.reduce((sum, event) => sum + value(event), 0);
  const reasoningTokens = add((event) => event.reasoning);
  const unclassifiedTokens = add((event) => event.unclassified);
  const unpricedTokens = add((event) => (costOf(event, mode) === null ? tokensOf(event) : 0));
  const nanos = events.reduce((sum, event) => sum + (costOf(event, mode) ?? 0n), 0n);
  return {
    inputTokens: add((event) => event.input),
    outputTokens: add((event) => event.output),
    cacheCreationTokens: add((event) => event.cacheWrite5m + event.cacheWrite1h),
    cacheReadTokens: add((event) => event.cacheRead),
    totalTokens: add(tokensOf),
    totalCost: Number(`${nanos / 1_000_000_000n}.${String(nanos % 1_000_000_000n).padStart(9, '0')}`),
    requests: add((event) => event.requests),
    ...(reasoningTokens > 0 && { reasoningTokens }),
    ...(unclassifiedTokens > 0 && { unclassifiedTokens }),
    ...(unpricedTokens > 0 && { unpricedTokens }),
  };
}

/** null: nobody knows. */
function costOf(event: TestEvent, mode: CostMode): bigint | null {
  const reported = event.reported === null ? null : nanosOf(event.reported);
  if (mode === 'display') return reported;
  return (mode === 'auto' ? reported : null) ?? calculated(event);
}

function calculated(event: TestEvent): bigint | null {
  if (tokensOf(event) === 0) return 0n;
  const price = PRICES[event.model];
  if (!price || event.unclassified > 0) return null;
  const { input, cacheWrite5m, cacheWrite1h, cacheRead, output } = event;
  return (
    BigInt(input + cacheWrite5m + cacheWrite1h + cacheRead) * price.input + BigInt(output) * price.output
  );
}

function nanosOf(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.padEnd(9, '0'));
}

function tokensOf(event: TestEvent): number {
  return (
    event.input +
    event.output +
    event.cacheWrite5m +
    event.cacheWrite1h +
    event.cacheRead +
    event.unclassified
  );
}

function matches(event: TestEvent, options: ReportOptions): boolean {
  const lastOf = event.project.split(/[/\\]/).at(-1)!;
  return (
    any(options.source, event.source) &&
    any(options.model, event.model) &&
    (any(options.project, event.project) || any(options.project, lastOf)) &&
    (options.sessionId === undefined || options.sessionId === event.session)
  );
}

function any(patterns: readonly string[] | undefined, text: string): boolean {
  if (!patterns) return true;
  return patterns.some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
  });
}

function inDays(ms: number, { since, until, timezone }: ReportOptions): boolean {
  const day = dayOf(ms, timezone).replaceAll('-', '');
  return day >= (since ?? '').replaceAll('-', '') && (!until || day <= until.replaceAll('-', ''));
}

const formats = new Map<string, Intl.DateTimeFormat>();
function dayOf(ms: number, timeZone: string): string {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  formats.set(timeZone, format);
  return format.format(ms);
}

function periodOf(kind: string, day: string, { startOfWeek }: ReportOptions): string {
  if (kind === 'daily') return day;
  if (kind === 'monthly') return day.slice(0, 7);
  const date = new Date(`${day}T00:00:00Z`);
  const back = startOfWeek === 'sunday' ? date.getUTCDay() : (date.getUTCDay() + 6) % 7;
  return new Date(date.getTime() - back * 24 * HOUR).toISOString().slice(0, 10);
}

function first(events: readonly TestEvent[]): number {
  return events.reduce((min, event) => Math.min(min, event.ts), Infinity);
}
function last(events: readonly TestEvent[]): number {
  return events.reduce((max, event) => Math.max(max, event.ts), -Infinity);
}
function iso(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : '';
}
