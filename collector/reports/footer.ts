/** What stands under a table: where the numbers come from, and what is not in them. */
import { formatCount, formatUsd } from './money.ts';
import type { Style } from './table.ts';
import { clean, wrap } from './text.ts';
import type { About, CostMode, Sessions, Sums, UnpricedModel } from './types.ts';

/** Models named in a footer; the rest is counted. */
const NAMED = 5;

export function footer(about: About, style: Style, more: readonly string[] = []): string {
  const lines = [`Cost mode ${about.mode}, time zone ${clean(about.timezone)}.`];
  if (about.estimated) lines.push(estimateNote(about.mode));
  const isMeasured = ({ tokens }: UnpricedModel): boolean => tokens > 0;
  const unpriced = about.unpriced.filter(isMeasured);
  if (unpriced.length > 0) lines.push(unpricedNote(unpriced, about.mode));
  const unmeasured = about.unpriced.filter((each) => !isMeasured(each));
  if (unmeasured.length > 0) lines.push(unmeasuredNote(unmeasured));
  return [...lines, ...more].flatMap((line) => wrap(line, Math.max(20, style.width))).join('\n');
}

function estimateNote(mode: CostMode): string {
  const which = mode === 'auto' ? 'Costs that no source reported are' : 'Costs are';
  return `${which} an API-equivalent estimate, tokens times list price; not a bill.`;
}

function unpricedNote(unpriced: readonly UnpricedModel[], mode: CostMode): string {
  const list = listed(
    unpriced,
    ({ tokens, requests }) => `${formatCount(tokens)} tokens in ${requestCount(requests)}`,
  );
  return mode === 'display'
    ? `* Not in the costs, because their sources report none: ${list}. Cost mode auto computes them from prices.`
    : `* Not in the costs, for want of a price: ${list}. Give them one under prices: in tallyd.yaml, see docs/pricing.md.`;
}

function unmeasuredNote(unmeasured: readonly UnpricedModel[]): string {
  const list = listed(unmeasured, ({ requests }) => requestCount(requests));
  return `* Not in the costs, because their sources tell no tokens: ${list}.`;
}

function listed(models: readonly UnpricedModel[], much: (model: UnpricedModel) => string): string {
  const named = models.slice(0, NAMED).map((each) => `${clean(each.model)} (${much(each)})`);
  const others = models.length - named.length;
  return [...named, ...(others > 0 ? [`${others} more`] : [])].join(', ');
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

/** An amount in a table; a star or a word where something is missing from it (its tokens may be unknown, 0). */
export function costCell(usd: number, unpricedTokens: number | undefined, mode: CostMode): string {
  if (unpricedTokens === undefined) return formatUsd(usd);
  if (usd !== 0) return `${formatUsd(usd)}*`;
  return mode === 'display' ? 'unreported*' : 'unpriced*';
}
