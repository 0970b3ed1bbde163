/** What is true of the rows of Cursor's exports, as far as a variant tells it. */
import type { CursorVariant } from './cursor-columns.ts';
import { amountOf, cursorCell, cursorHeader, cursorTotal } from './cursor-columns.ts';
import type { CursorEvent, CursorWriting } from './cursor-events.ts';
import { isBillable, statusOf } from './cursor-events.ts';

const PLAIN: CursorWriting = { dates: 'milliseconds', thousands: false };

/** What a reader must find in a row, as far as the variant tells it. */
export interface CursorTruth {
  ts: number;
  /** What exports never revise, and the ordinal among rows alike in it. */
  identity: string;
  user: string;
  model: string;
  kind: string;
  status: 'ok' | 'error' | 'aborted';
  billable: boolean;
  maxMode: boolean | undefined;
  input: number;
  cacheWrite5m: number;
  cacheRead: number;
  output: number;
  /** All tokens, where the variant tells only a total. */
  unclassified: number;
  /** As written; undefined where the variant has no cost. */
  costCell: string | undefined;
  /** Dollars as a decimal; undefined where the cell says a word or nothing. */
  reportedCostUsd: string | undefined;
  costToYou: string | undefined;
  requests: string | undefined;
  cloudAgentId: string;
  automationId: string;
}

/** What is true after exports were read in this order: every row once, as the last export has it. */
export function mergedTruth(...exports: readonly { truth: CursorTruth[] }[]): CursorTruth[] {
  const rows = new Map<string, CursorTruth>();
  for (const { truth } of exports) for (const row of truth) rows.set(row.identity, row);
  return [...rows.values()].sort((a, b) => a.ts - b.ts);
}

/** The truth of each row, in their order. */
export function truthOf(rows: readonly CursorEvent[], variant: CursorVariant): CursorTruth[] {
  const header = new Set(cursorHeader(variant));
  const alike = new Map<string, number>();
  return rows.map((event) => {
    const row = rowTruth(event, header);
    const ordinal = alike.get(row.identity) ?? 0;
    alike.set(row.identity, ordinal + 1);
    return { ...row, identity: `${row.identity} #${ordinal}` };
  });
}

/** A row as its variant's columns tell it; its identity still without an ordinal. */
function rowTruth(event: CursorEvent, header: ReadonlySet<string>): CursorTruth {
  const has = (...columns: string[]) => columns.some((column) => header.has(column));
  const total = has('Tokens');
  const user = has('User', 'userEmail') ? event.user : '';
  const kind = has('Kind', 'kind') ? event.kind : '';
  const written = (...columns: string[]) =>
    cursorCell(columns.find((column) => header.has(column)) ?? '', event, PLAIN);
  const told = (value: number) => (total ? 0 : value);
  const tokens = {
    input: told(event.input),
    cacheWrite5m: told(event.cacheWrite),
    cacheRead: told(event.cacheRead),
    output: told(event.output),
  };
  const unclassified = total ? cursorTotal(event) : 0;
  const costed = has('Cost', 'Cost ($)', 'totalCents');
  return {
    ts: event.ts,
    identity: [event.ts, user, event.model, ...Object.values(tokens), unclassified].join(' '),
    user,
    model: event.model,
    kind: written('Kind', 'kind'),
    status: statusOf(kind),
    billable: isBillable(kind),
    maxMode: has('Max Mode', 'maxMode') ? event.maxMode : undefined,
    ...tokens,
    unclassified,
    costCell: costed ? written('Cost', 'Cost ($)', 'totalCents') : undefined,
    reportedCostUsd: costed ? amountOf(event.costCell) : undefined,
    costToYou: has('Cost to you') ? event.costToYou : undefined,
    requests: has('Requests', 'requestsCosts') ? event.requests : undefined,
    cloudAgentId: has('Cloud Agent ID') ? event.cloudAgentId : '',
    automationId: has('Automation ID') ? event.automationId : '',
  };
}
