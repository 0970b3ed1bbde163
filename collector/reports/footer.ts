/** What stands under a table: where the numbers come from, and what is not in them. */
import { formatCount, formatUsd } from './money.ts';
import type { Style } from './table.ts';
import { clean, wrap } from './text.ts';
import type { About, CostMode, Sessions, Sums } from './types.ts';

/** Models named in a footer; the rest is counted. */
const NAMED = 5;

export function footer(about: About, style: Style, more: readonly string[] = []): string {
  const lines = [`Cost mode ${about.mode}, time zone ${clean(about.timezone)}.`];
  if (about.estimated) lines.push(estimateNote(about.mode));
  if (about.unpriced.length > 0) lines.push(unpricedNote(about));
  return [...lines, ...more].flatMap((line) => wrap(line, Math.max(20, style.width))).join('\n');
}

function estimateNote(mode: CostMode): string {
  const which = mode === 'auto' ? 'Costs that no source reported are' : 'Costs are';
  return `${which} an API-equivalent estimate, tokens times list price; not a bill.`;
}

function unpricedNote(about: About): string {
  const named = about.unpriced
    .slice(0, NAMED)
    .map(
      ({ model, tokens, requests }) =>
        `${clean(model)} (${formatCount(tokens)} tokens in ${requestCount(requests)})`,
    );
  const others = about.unpriced.length - named.length;
  const list = [...named, ...(others > 0 ? [`${others} more`] : [])].join(', ');
  return about.mode === 'display'
    ? `* Not in the costs, because their sources report none: ${list}. Cost mode auto computes them from prices.`
    : `* Not in the costs, for want of a price: ${list}. Give them one under prices: in tallyd.yaml, see docs/pricing.md.`;
}

/** The kinds of tokens in the columns do not add up to the total where a source tells only that. */
export function unclassifiedNote(totals: Sums): string[] {
  if (!totals.unclassifiedTokens) return [];
  return [
    `Total includes ${formatCount(totals.unclassifiedTokens)} tokens whose kind the source does not tell.`,
  ];
}

export function withoutSessionNote(without: Sessions['withoutSession']): string[] {
  if (!without) return [];
  const { requests, totalTokens, totalCost } = without;
  return [
    `Not listed: ${requestCount(requests)} that name no session (${formatCount(totalTokens)} tokens, ${formatUsd(totalCost)}).`,
  ];
}

export function requestCount(requests: number): string {
  return requests === 1 ? '1 request' : `${formatCount(requests)} requests`;
}

/** An amount in a table; a star or a word where tokens are missing from it. */
export function costCell(usd: number, unpricedTokens: number | undefined, mode: CostMode): string {
  if (!unpricedTokens) return formatUsd(usd);
  if (usd !== 0) return `${formatUsd(usd)}*`;
  return mode === 'display' ? 'unreported*' : 'unpriced*';
}
