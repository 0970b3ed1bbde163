/** What a Cursor account really used, row by row. */
import type { Prng } from './prng.ts';
import type { WeightedModels } from './tokens.ts';

/** How cells are written, apart from quoting. */
export interface CursorWriting {
  /** Default `milliseconds`. The others lose what they do not write: events are drawn to match. */
  dates: 'milliseconds' | 'seconds' | 'zoneless' | 'day';
  thousands: boolean;
}

/** One row of an export. Cells that words may stand in are kept as they are written. */
export interface CursorEvent {
  /** The same row in every export of the account; not written. */
  number: number;
  ts: number;
  user: string;
  cloudAgentId: string;
  automationId: string;
  kind: string;
  model: string;
  maxMode: boolean;
  /** `Input (w/o Cache Write)`: uncached. */
  input: number;
  /** `Input (w/ Cache Write)`; the two do not overlap. */
  cacheWrite: number;
  cacheRead: number;
  output: number;
  /** Token cells are empty. */
  emptyCounts: boolean;
  costCell: string;
  costToYou: string;
  requests: string;
}

/** How costs are written: `plain` 0.31, `dollar` $0.31, `words` with all that stands in their place. */
export type CostStyle = 'plain' | 'dollar' | 'words' | 'mixed';

export interface CursorDraw {
  prng: Prng;
  users: readonly string[];
  models: WeightedModels;
  costs: CostStyle;
  dates: CursorWriting['dates'];
  /** Errors, empty cells, zero rows. */
  oddities: boolean;
}

const KINDS = [
  ['Included', 6],
  ['On-Demand', 4],
  ['Usage-based', 2],
  ['User API Key', 0.5],
  ['Included in Pro', 1],
  ['Included in Business', 1],
] as const;

const ODD_KINDS = [
  ['Errored, Not Charged', 6],
  ['Errored, No Charge', 2],
  ['Aborted, Not Charged', 2],
  ['Free', 1],
  ['free', 1],
] as const;

export function drawCursorEvent(draw: CursorDraw, number: number, ts: number): CursorEvent {
  const { prng } = draw;
  const odd = draw.oddities && prng.chance(0.25);
  const kind = odd ? prng.weighted(ODD_KINDS) : prng.weighted(KINDS);
  const event: CursorEvent = {
    number,
    ts: alignedTo(draw.dates, ts),
    user: prng.pick(draw.users),
    cloudAgentId: prng.chance(0.1) ? `bc-${prng.uuid()}` : '',
    automationId: prng.chance(0.03) ? prng.uuid() : '',
    kind,
    model: prng.weighted(draw.models),
    maxMode: prng.chance(0.2),
    input: prng.magnitude(10, 30_000),
    cacheWrite: prng.chance(0.7) ? prng.magnitude(100, 60_000) : 0,
    cacheRead: prng.chance(0.85) ? prng.magnitude(1000, 900_000) : 0,
    output: prng.magnitude(5, 9000),
    emptyCounts: false,
    costCell: '',
    costToYou: '',
    requests: prng.pick(['1', '2', '0.5', '4.8']),
  };
  if (draw.oddities && prng.chance(0.06))
    Object.assign(event, { input: 0, cacheWrite: 0, cacheRead: 0, output: 0 });
  event.costCell = costOf(draw, event);
  event.costToYou = event.kind.startsWith('Included') || !isBillable(event.kind) ? '0' : event.costCell;
  if (draw.oddities && event.kind.toLowerCase() === 'free' && prng.chance(0.7)) emptyRow(event);
  return event;
}

/** Errors of the newest exports have no counts at all, and cost `Free`. */
function emptyRow(event: CursorEvent): void {
  Object.assign(event, {
    input: 0,
    cacheWrite: 0,
    cacheRead: 0,
    output: 0,
    emptyCounts: true,
    costCell: 'Free',
  });
}

function alignedTo(dates: CursorWriting['dates'], ts: number): number {
  const unit = dates === 'milliseconds' ? 1 : dates === 'day' ? 86_400_000 : 1000;
  return Math.floor(ts / unit) * unit;
}

/** Roughly what the tokens are worth, also on rows that were not charged. */
function costOf({ prng, costs }: CursorDraw, event: CursorEvent): string {
  const { input, cacheWrite, cacheRead, output } = event;
  const dollars = (input * 3 + cacheWrite * 3.75 + cacheRead * 0.3 + output * 15) / 1e6;
  const style = costs === 'mixed' ? prng.pick(['plain', 'dollar', 'words'] as const) : costs;
  if (style === 'plain') return dollars.toFixed(prng.chance(0.9) ? 2 : 3);
  if (style === 'words' && prng.chance(0.6)) return prng.pick(['Included', 'Free', '-', 'NaN', '']);
  return writtenDollars(prng.chance(0.03) ? dollars + prng.int(1000, 9000) : dollars);
}

/** With a sign and, from a thousand, with commas. */
export function writtenDollars(dollars: number): string {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return `$${dollars.toLocaleString('en-US', digits)}`;
}

/** False where the kind says that nobody was charged. */
export function isBillable(kind: string): boolean {
  return !/not charged|no charge|^free$/i.test(kind);
}

export function statusOf(kind: string): 'ok' | 'error' | 'aborted' {
  if (/^errored/i.test(kind)) return 'error';
  return /^aborted/i.test(kind) ? 'aborted' : 'ok';
}
