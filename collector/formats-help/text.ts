/** The formats, and what a file would become, for a terminal. */
import { formatCount } from '../reports/money.ts';
import { plural } from '../reports/quantities.ts';
import { paint, type Style } from '../reports/table.ts';
import { clean, wrap } from '../reports/text.ts';
import { rejectionSentence } from '../sources/upload/summary.ts';
import type { Check } from './check.ts';
import type { DescribedFormat, Kind } from './described.ts';
import type { StoredRow, Totals } from './stored.ts';

const TITLES: Record<Kind, string> = {
  'your own': 'Your own, of tallyd.yaml',
  'agent log': "Agents' logs",
  'usage export': 'Usage exports',
  bill: 'Bills',
};

/** Text that ends without a newline. */
export function formatsText(formats: readonly DescribedFormat[], style: Style): string {
  const kinds = [...new Set(formats.map(({ kind }) => kind))];
  const sections = kinds.map((kind) => {
    const members = formats.filter((format) => format.kind === kind);
    return [paint(TITLES[kind], 'head', style.color), ...members.map((one) => formatText(one, style))].join(
      '\n\n',
    );
  });
  return [
    ...sections,
    'tallyd formats check FILE says what a file would become. What each column becomes: docs/formats.md.',
  ].join('\n\n');
}

function formatText({ name, title, getIt, example }: DescribedFormat, style: Style): string {
  const lines = [
    `  ${paint(name, 'strong', style.color)}  ${title}`,
    ...indented(getIt, style),
    // one line that can be copied; the terminal may break it
    ...(example === '' ? [] : [`    ${paint(example, 'faint', style.color)}`]),
  ];
  return lines.join('\n');
}

function indented(text: string, style: Style): string[] {
  return text === '' ? [] : wrap(text, Math.max(30, style.width - 4)).map((line) => `    ${line}`);
}

/** What is told of one file. */
export function checkText(check: Check, style: Style): string {
  const name = paint(clean(check.file), 'strong', style.color);
  const { format, rows, totals } = check;
  if (check.problem !== undefined || !format || !rows || !totals)
    return [name, ...indented(check.problem ?? '', style)].join('\n');
  return [
    `${name}\n  ${format.title} (${format.name}, ${article(format.kind)})`,
    columnsText(check, style),
    rowsText(check, totals, style),
    recordsText(check),
    totalsText(totals, check.unpriced ?? []),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function article(kind: Kind): string {
  return {
    'agent log': 'an agent’s log',
    'usage export': 'a usage export',
    bill: 'a bill',
    'your own': 'of tallyd.yaml',
  }[kind];
}

function columnsText({ columns = [] }: Check, style: Style): string {
  if (columns.length === 0) return '';
  const width = Math.min(40, Math.max(...columns.map(({ column }) => column.length)));
  const lines = columns.map(({ column, becomes }) => {
    const line = `    ${clean(column).padEnd(width)}  ${becomes ?? 'not read'}`;
    return becomes === null ? paint(line, 'faint', style.color) : line;
  });
  return ['  Columns, and what they become', ...lines].join('\n');
}

function rowsText({ first = [] }: Check, totals: Totals, style: Style): string {
  if (first.length === 0) return '';
  const all = 'lines' in totals ? totals.lines : totals.events;
  const head = first.length < all ? `the ${first.length} earliest of ${formatCount(all)}` : `all ${all}`;
  const rows = first.map((row, i) => {
    const [line = '', ...more] = wrap(rowText(row), Math.max(30, style.width - 7));
    return [`    ${i + 1}. ${line}`, ...more.map((each) => `       ${each}`)].join('\n');
  });
  return [`  As it would be stored (${head})`, ...rows].join('\n');
}

function rowText(row: StoredRow): string {
  const text = (value: unknown): string => (typeof value === 'string' ? clean(value) : JSON.stringify(value));
  return Object.entries(row)
    .map(([column, value]) => `${column}=${text(value)}`)
    .join(' ');
}

function recordsText({ rows, rejections = [], rejectedByReason = {} }: Check): string {
  const { read, accepted, duplicate, rejected } = rows!;
  if (read === 0) return '  No usage in it.';
  const parts = [`${formatCount(accepted)} to be stored`];
  if (duplicate > 0) parts.push(`${formatCount(duplicate)} told more than once`);
  if (rejected > 0) parts.push(`${formatCount(rejected)} rejected`);
  const reasons = Object.entries(rejectedByReason).map(
    ([reason, count]) => `    ${formatCount(count)} × ${reason}`,
  );
  const shown = rejections.map((rejection) => `      ${clean(rejectionSentence(rejection))}`);
  const more = rejected - rejections.length;
  return [
    `  ${plural(read, 'record')}: ${parts.join(', ')}`,
    ...reasons,
    ...shown,
    ...(more > 0 ? [`      and ${formatCount(more)} more`] : []),
  ].join('\n');
}

function totalsText(totals: Totals, unpriced: readonly string[]): string {
  if ('lines' in totals) {
    const amounts = Object.entries(totals.amounts).map(([currency, amount]) => `${amount} ${currency}`);
    return `  In all: ${plural(totals.lines, 'line')}, ${amounts.join(', ') || 'no amount'}`;
  }
  const { tokens, reportedCostUsd, calculatedCostUsd, unpricedEvents } = totals;
  const kinds = Object.entries(tokens)
    .filter(([kind, count]) => count > 0 && kind !== 'total_tokens')
    .map(([kind, count]) => `    ${kind.padEnd(22)} ${formatCount(count)}`);
  return [
    `  In all: ${plural(totals.requests, 'request')}, ${formatCount(tokens.total_tokens)} tokens`,
    ...kinds,
    `    cost as reported       ${reportedCostUsd === null ? 'none' : `$${reportedCostUsd}`}`,
    `    cost as calculated     ${calculatedCostUsd === null ? 'none' : `$${calculatedCostUsd}`}`,
    ...(unpricedEvents > 0
      ? [
          `    without any cost       ${plural(unpricedEvents, 'event')} (no price for ${unpriced.join(', ') || 'them'})`,
        ]
      : []),
  ].join('\n');
}
