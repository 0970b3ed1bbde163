/** Five-hour blocks as a table, and in words how the running one goes. */
import { costCell, footer } from './footer.ts';
import { duration, LocalTime } from './local-time.ts';
import { formatCount, formatUsd } from './money.ts';
import { drawTable, paint, type Style, type TableRow } from './table.ts';
import { shortModels, wrap } from './text.ts';
import type { About, Block, Blocks } from './types.ts';

const MINUTE_MS = 60_000;
/** Tokens without the cache per minute, as Claude Code's own users judge them. */
const MODERATE = 2000;
const HIGH = 5000;

export function renderBlocks(report: Blocks, about: About, style: Style): string {
  const { blocks } = report;
  if (blocks.length === 0) return wrap(emptySentence(about), style.width).join('\n');
  const local = new LocalTime(about.zone);
  const severalSources = new Set(blocks.map((block) => block.source)).size > 1;
  const drawn = drawTable(
    {
      columns: [
        { head: 'Block', min: 13, overflow: 'wrap' },
        ...(severalSources ? [{ head: 'Source', min: 6 }] : []),
        { head: 'State', min: 12, overflow: 'wrap' },
        { head: 'Models', min: 10, overflow: 'wrap', drop: 1 },
        { head: 'Requests', align: 'right', drop: 2 },
        { head: 'Total Tokens', align: 'right' },
        { head: 'Cost (USD)', align: 'right' },
      ],
      rows: blocks.map((block) => blockRow(block, severalSources, about, local)),
    },
    style,
  );
  const active = blocks
    .filter((block) => block.isActive)
    .map((block) => activeLines(block, local, about, style));
  return [drawn, ...active, footer(about, style)].join('\n');
}

function blockRow(block: Block, severalSources: boolean, about: About, local: LocalTime): TableRow {
  const start = Date.parse(block.startTime);
  const cells = [
    `${local.minute(start)} – ${local.clock(Date.parse(block.endTime))}`,
    ...(severalSources ? [block.source] : []),
    state(block, about.now),
    shortModels(block.models),
  ];
  if (block.isGap) return { cells: [...cells, '', '', ''], tone: 'faint' };
  return {
    cells: [
      ...cells,
      formatCount(block.entries),
      formatCount(block.totalTokens),
      costCell(block.costUSD, block.unpricedTokens, about.mode),
    ],
    tone: block.isActive ? 'good' : 'plain',
  };
}

function state(block: Block, now: number): string {
  const start = Date.parse(block.startTime);
  const end = Date.parse(block.endTime);
  if (block.isGap) return `idle for ${duration((end - start) / MINUTE_MS)}`;
  if (block.isActive) return `active, ${duration((end - now) / MINUTE_MS)} left`;
  return `used for ${duration((Date.parse(block.actualEndTime ?? block.startTime) - start) / MINUTE_MS)}`;
}

function activeLines(block: Block, local: LocalTime, about: About, style: Style): string {
  const end = Date.parse(block.endTime);
  const until = `${local.clock(end)} (${duration((end - about.now) / MINUTE_MS)} left)`;
  const lines = [
    `The block of ${block.source} that began at ${local.clock(Date.parse(block.startTime))} runs until ${until}.`,
  ];
  const { burnRate, projection, tokenLimitStatus: limit } = block;
  if (burnRate) {
    const pace = Math.round(burnRate.tokensPerMinute);
    lines.push(
      `Burn rate: ${formatCount(pace)} tokens a minute (${level(burnRate.tokensPerMinuteForIndicator)}), ${formatUsd(burnRate.costPerHour)} an hour.`,
    );
  }
  if (projection) {
    lines.push(
      `At this rate it ends with ${formatCount(projection.totalTokens)} tokens and ${formatUsd(projection.totalCost)}.`,
    );
  }
  if (limit) {
    const share = `${formatCount(Math.round(limit.percentUsed))} % of the limit of ${formatCount(limit.limit)} tokens`;
    const says = { ok: 'within the limit', warning: 'close to the limit', exceeds: 'beyond the limit' }[
      limit.status
    ];
    lines.push(`That is ${share}: ${says}.`);
  }
  const wrapped = lines.flatMap((line) => wrap(line, Math.max(20, style.width)));
  return paint(wrapped.join('\n'), limit && limit.status !== 'ok' ? 'strong' : 'plain', style.color);
}

function level(tokensPerMinute: number): string {
  if (tokensPerMinute < MODERATE) return 'normal';
  return tokensPerMinute < HIGH ? 'moderate' : 'high';
}

function emptySentence(about: About): string {
  if (about.activeOnly) return 'No block is active. Without --active all blocks are listed.';
  return about.filtered
    ? 'No block matches. Blocks are those of claude-code unless --source names another; leave out a filter, or ask for more days.'
    : 'No block to show. Blocks are those of claude-code unless --source names another; tallyd doctor says what was looked for and found.';
}
