/** Reports as tables for a terminal. Import it where a table is printed: JSON needs none of it. */
import { renderBilled } from './render-billed.ts';
import { renderBlocks } from './render-blocks.ts';
import { costCell, footer, unclassifiedNote, withoutSessionNote } from './footer.ts';
import { formatCount } from './money.ts';
import { LocalTime } from './local-time.ts';
import { type Column, drawTable, fits, type Style, type TableRow, type TableSpec } from './table.ts';
import { clean, lastPart, shortModel, shortModels, wrap } from './text.ts';
import type { About, CostMode, ModelBreakdown, Report, SessionDetail, Sums, UsageRow } from './types.ts';

export type { Style } from './table.ts';

/** Below this width only what matters most is shown. */
const FULL_WIDTH = 100;

/** The report as text that ends without a newline. */
export function renderReport(report: Report, style: Style): string {
  const { about, json, kind } = report;
  switch (kind) {
    case 'daily':
      return usageTable(
        'Date',
        keysOf(json.daily, (row) => row.date),
        json.totals,
        about,
        style,
      );
    case 'weekly':
      return usageTable(
        'Week of',
        keysOf(json.weekly, (row) => row.week),
        json.totals,
        about,
        style,
      );
    case 'monthly':
      return usageTable(
        'Month',
        keysOf(json.monthly, (row) => row.month),
        json.totals,
        about,
        style,
      );
    case 'session': {
      const local = new LocalTime(about.zone);
      const rows = json.sessions.map((usage) => ({
        keys: [
          clean(usage.sessionId),
          lastPart(usage.projectPath),
          local.minute(Date.parse(usage.lastActivity)),
        ],
        usage,
      }));
      const notes = withoutSessionNote(json.withoutSession);
      return sessionTable(rows, json.totals, about, style, notes);
    }
    case 'session-detail':
      return detailTable(json, about, style);
    case 'blocks':
      return renderBlocks(json, about, style);
    case 'billed':
      return renderBilled(json, about, style);
  }
}

interface KeyedUsage {
  keys: string[];
  usage: UsageRow;
}

function keysOf<Row extends UsageRow>(rows: readonly Row[], key: (row: Row) => string): KeyedUsage[] {
  return rows.map((usage) => ({ keys: [key(usage)], usage }));
}

const MODELS: Column = { head: 'Models', min: 10, overflow: 'wrap', drop: 1 };
const TOTAL: Column = { head: 'Total Tokens', align: 'right' };
const COST: Column = { head: 'Cost (USD)', align: 'right' };
const KINDS: Column[] = ['Input', 'Output', 'Cache Create', 'Cache Read'].map((head) => ({
  head,
  align: 'right',
}));

function usageTable(
  head: string,
  rows: readonly KeyedUsage[],
  totals: Sums,
  about: About,
  style: Style,
): string {
  // a breakdown names models in the first column, which may therefore shrink
  return draw([about.breakdown ? { head, min: 12 } : { head }], rows, totals, about, style, []);
}

function sessionTable(
  rows: readonly KeyedUsage[],
  totals: Sums,
  about: About,
  style: Style,
  notes: readonly string[],
): string {
  const keys: Column[] = [
    { head: 'Session', min: 9 },
    { head: 'Project', min: 8, drop: 2 },
    { head: 'Last Activity', min: 10, overflow: 'wrap' },
  ];
  return draw(keys, rows, totals, about, style, notes);
}

function draw(
  keys: Column[],
  rows: readonly KeyedUsage[],
  totals: Sums,
  about: About,
  style: Style,
  notes: readonly string[],
): string {
  if (rows.length === 0) return wrap([emptySentence(about), ...notes].join(' '), style.width).join('\n');
  const full = spec(keys, rows, totals, about, true);
  const table =
    style.width >= FULL_WIDTH && fits(full, style.width) ? full : spec(keys, rows, totals, about, false);
  const drawn = drawTable(table, style);
  return `${drawn}\n${footer(about, style, [...unclassifiedNote(totals), ...notes])}`;
}

function spec(
  keys: Column[],
  rows: readonly KeyedUsage[],
  totals: Sums,
  about: About,
  full: boolean,
): TableSpec {
  const numbers = (usage: Sums): string[] => [
    ...(full ? kinds(usage) : []),
    formatCount(usage.totalTokens),
    costCell(usage.totalCost, usage.unpricedTokens, about.mode),
  ];
  const empty = keys.slice(1).map(() => '');
  return {
    columns: [...keys, MODELS, ...(full ? KINDS : []), TOTAL, COST],
    rows: rows.flatMap((row): TableRow[] => [
      { cells: [...row.keys, modelsCell(row.usage), ...numbers(row.usage)] },
      ...(about.breakdown
        ? row.usage.modelBreakdowns.map((each) => breakdownRow(each, empty, full, about.mode))
        : []),
    ]),
    totals: { cells: ['Total', ...empty, '', ...numbers(totals)], tone: 'strong' },
  };
}

/** More models than this and the cell names those that cost most; --breakdown shows all. */
const MODELS_NAMED = 4;

function modelsCell({ modelsUsed, modelBreakdowns }: UsageRow): string {
  if (modelsUsed.length <= MODELS_NAMED) return shortModels(modelsUsed);
  const dearest = modelBreakdowns
    .filter(({ modelName }) => modelsUsed.includes(modelName))
    .sort((a, b) => b.cost - a.cost)
    .slice(0, MODELS_NAMED - 1);
  const names = shortModels(dearest.map(({ modelName }) => modelName));
  return `${names}, and ${modelsUsed.length - dearest.length} more`;
}

function kinds(usage: Omit<ModelBreakdown, 'modelName' | 'cost'>): string[] {
  return [usage.inputTokens, usage.outputTokens, usage.cacheCreationTokens, usage.cacheReadTokens].map(
    formatCount,
  );
}

function breakdownRow(each: ModelBreakdown, empty: string[], full: boolean, mode: CostMode): TableRow {
  const total = each.inputTokens + each.outputTokens + each.cacheCreationTokens + each.cacheReadTokens;
  return {
    cells: [
      ` └─ ${shortModel(each.modelName)}`,
      ...empty,
      '',
      ...(full ? kinds(each) : []),
      formatCount(total + (each.unclassifiedTokens ?? 0)),
      costCell(each.cost, each.unpricedTokens, mode),
    ],
    tone: 'faint',
  };
}

function detailTable(detail: SessionDetail | null, about: About, style: Style): string {
  if (!detail) return 'No session has this id: `tallyd report session` lists them.';
  const local = new LocalTime(about.zone);
  const full = style.width >= FULL_WIDTH;
  const rows = detail.entries.map((each) => {
    const total = each.inputTokens + each.outputTokens + each.cacheCreationTokens + each.cacheReadTokens;
    const cost = costCell(each.costUSD ?? 0, each.costUSD === null ? 0 : undefined, about.mode);
    return {
      cells: [
        local.minute(Date.parse(each.timestamp)),
        shortModel(each.model),
        ...(full ? kinds(each) : []),
        formatCount(total + (each.unclassifiedTokens ?? 0)),
        cost,
      ],
    };
  });
  const totals: TableRow = {
    cells: [
      'Total',
      '',
      ...(full ? ['', '', '', ''] : []),
      formatCount(detail.totalTokens),
      costCell(detail.totalCost, about.unpriced.length || undefined, about.mode),
    ],
    tone: 'strong',
  };
  const columns: Column[] = [
    { head: 'Time' },
    { head: 'Model', min: 10 },
    ...(full ? KINDS : []),
    TOTAL,
    COST,
  ];
  const drawn = drawTable({ columns, rows, totals }, style);
  return `Session ${clean(detail.sessionId)}\n${drawn}\n${footer(about, style)}`;
}

function emptySentence(about: About): string {
  return about.filtered
    ? 'No usage matches. Leave out a filter, or ask for more days.'
    : 'No usage is stored yet. Start the collector (tallyd start), or push an export (tallyd push FILE); tallyd doctor says what was looked for and found.';
}
