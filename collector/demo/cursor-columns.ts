/** The headers Cursor's usage export was ever seen with, and how each cell is written. */
import type { CursorEvent, CursorWriting } from './cursor-events.ts';

export const CURSOR_VARIANTS = [
  'v0',
  'v0b',
  'v0c',
  'v1',
  'v1t',
  'v2',
  'v2t',
  'v2r',
  'v2tr',
  'v3',
  'v3t',
  'v3r',
  'v3tr',
] as const;

/** A trailing `t` has users (team), a trailing `r` has requests in the place of cost. */
export type CursorVariant = (typeof CURSOR_VARIANTS)[number];

const INPUTS = ['Input (w/ Cache Write)', 'Input (w/o Cache Write)', 'Cache Read'];
const COUNTS = [...INPUTS, 'Output Tokens', 'Total Tokens'];
const AGENTS = ['Cloud Agent ID', 'Automation ID'];
const JSON_LIKE =
  'timestamp,model,kind,maxMode,requestsCosts,isTokenBasedCall,userEmail,readable_timestamp,' +
  'inputTokens,outputTokens,cacheWriteTokens,cacheReadTokens,totalCents';

const HEADERS: Record<CursorVariant, readonly string[]> = {
  v0: ['Date', 'User', 'Kind', 'Max Mode', 'Model', 'Tokens', 'Cost ($)'],
  v0b: ['Date', 'User', 'Kind', 'Max Mode', 'Model', 'Tokens', 'Cost'],
  v0c: JSON_LIKE.split(','),
  v1: ['Date', 'Model', ...COUNTS, 'Cost', 'Cost to you'],
  v1t: ['Date', 'User', 'Kind', 'Model', ...INPUTS, 'Output', 'Total Tokens', 'Cost ($)'],
  v2: ['Date', 'Kind', 'Model', 'Max Mode', ...COUNTS, 'Cost'],
  v2t: ['Date', 'User', 'Kind', 'Model', 'Max Mode', ...COUNTS, 'Cost'],
  v2r: ['Date', 'Kind', 'Model', 'Max Mode', ...COUNTS, 'Requests'],
  v2tr: ['Date', 'User', 'Kind', 'Model', 'Max Mode', ...COUNTS, 'Requests'],
  v3: ['Date', ...AGENTS, 'Kind', 'Model', 'Max Mode', ...COUNTS, 'Cost'],
  v3t: ['Date', 'User', ...AGENTS, 'Kind', 'Model', 'Max Mode', ...COUNTS, 'Cost'],
  v3r: ['Date', ...AGENTS, 'Kind', 'Model', 'Max Mode', ...COUNTS, 'Requests'],
  v3tr: ['Date', 'User', ...AGENTS, 'Kind', 'Model', 'Max Mode', ...COUNTS, 'Requests'],
};

/** The header cells of a variant, in the order Cursor wrote them. */
export function cursorHeader(variant: CursorVariant): readonly string[] {
  return HEADERS[variant];
}

type Cell = (event: CursorEvent, how: CursorWriting) => string;

const kindOf = (kind: string) => `USAGE_EVENT_KIND_${kind.toUpperCase().replace(/[^A-Z]+/g, '_')}`;
const inputCell: Cell = (event, how) => count(event, event.input, how);
const costCell: Cell = (event) => event.costCell;

const CELLS: Record<string, Cell> = {
  Date: (event, how) => dateCell(event.ts, how),
  User: ({ user }) => user,
  'Cloud Agent ID': ({ cloudAgentId }) => cloudAgentId,
  'Automation ID': ({ automationId }) => automationId,
  Kind: ({ kind }) => kind,
  'Max Mode': ({ maxMode }) => (maxMode ? 'Yes' : 'No'),
  Model: ({ model }) => model,
  'Input (w/ Cache Write)': (event, how) => count(event, event.cacheWrite, how),
  'Input (w/o Cache Write)': inputCell,
  'Cache Read': (event, how) => count(event, event.cacheRead, how),
  'Output Tokens': (event, how) => count(event, event.output, how),
  Output: (event, how) => count(event, event.output, how),
  'Total Tokens': (event, how) => count(event, cursorTotal(event), how),
  Tokens: (event, how) => count(event, cursorTotal(event), how),
  Cost: costCell,
  'Cost ($)': costCell,
  'Cost to you': ({ costToYou }) => costToYou,
  Requests: ({ requests }) => requests,
  timestamp: ({ ts }) => String(ts),
  model: ({ model }) => model,
  kind: ({ kind }) => kindOf(kind),
  maxMode: ({ maxMode }) => String(maxMode),
  requestsCosts: ({ requests }) => requests,
  isTokenBasedCall: () => 'true',
  userEmail: ({ user }) => user,
  readable_timestamp: ({ ts }) => new Date(ts).toISOString(),
  inputTokens: inputCell,
  outputTokens: (event, how) => count(event, event.output, how),
  cacheWriteTokens: (event, how) => count(event, event.cacheWrite, how),
  cacheReadTokens: (event, how) => count(event, event.cacheRead, how),
  totalCents: ({ costCell: cell }) => cents(cell),
};

/** What a row says in a column; '' in columns Cursor never had. */
export function cursorCell(column: string, event: CursorEvent, how: CursorWriting): string {
  return CELLS[column]?.(event, how) ?? '';
}

export function cursorTotal({ input, cacheWrite, cacheRead, output }: CursorEvent): number {
  return input + cacheWrite + cacheRead + output;
}

function dateCell(ts: number, { dates }: CursorWriting): string {
  const text = new Date(ts).toISOString();
  if (dates === 'seconds') return `${text.slice(0, 19)}Z`;
  if (dates === 'zoneless') return text.slice(0, 19).replace('T', ' ');
  return dates === 'day' ? text.slice(0, 10) : text;
}

function count(event: CursorEvent, value: number, { thousands }: CursorWriting): string {
  if (event.emptyCounts) return '';
  return thousands ? value.toLocaleString('en-US') : String(value);
}

/** Dollars as cents, which may have a fraction; words stay empty. */
function cents(cell: string): string {
  const dollars = amountOf(cell);
  return dollars === undefined ? '' : String(Number((Number(dollars) * 100).toFixed(4)));
}

/** The amount of a cost cell as a decimal, undefined where it says a word or nothing. */
export function amountOf(cell: string): string | undefined {
  const plain = cell.replace(/[$,]/g, '');
  return /^\d+(\.\d+)?$/.test(plain) ? plain : undefined;
}
