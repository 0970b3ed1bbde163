/**
 * What `tallyd doctor` says: what there is, what is wrong and what to do about it. A question that
 * the store cannot answer becomes a problem of its own, so that the other answers still come.
 */
import type { Reader } from '../store/types.ts';
import {
  billLines,
  eventLines,
  rejectedLines,
  sourceLines,
  tableLines,
  unpricedLines,
  uploadLines,
} from './doctor-store.ts';
import { fine, type Line, note, problem } from './doctor-line.ts';
import { ago, bytes, plural } from './quantities.ts';
import { clean } from './text.ts';

export interface Section {
  title: string;
  lines: Line[];
}
export interface DoctorReport {
  sections: Section[];
  /** How many lines are problems; the command's exit code is 1 when there are any. */
  problems: number;
}

export interface DoctorInput {
  version: string;
  /** Where the settings come from: the file, or a sentence. */
  configuration: { origin: string; problems?: readonly string[] };
  dataDir: string;
  store: {
    kind: 'embedded' | 'server';
    /** Folder or address, without a password. */
    where: string;
    /** Size on disk, where it is known. */
    bytes?: number;
    /** Why it could not be opened; then there is no reader. */
    problem?: string;
  };
  collector: { running: boolean; pid?: number; addresses?: Readonly<Record<string, string>> };
  /** Who is let in: a sentence without a stop. */
  access: string;
  /** Files of followed folders that are not read, and why. */
  unread: readonly { path: string; problem: string }[];
  /** Every folder that was looked for. */
  homes: readonly { agent: string; path: string; found: boolean; variable?: string }[];
  prices: {
    origin: 'bundled' | 'refreshed';
    /** ms since the epoch. */
    asOf?: number;
    /** Why the last refresh failed. */
    problem?: string;
  };
  /** What is wrong with parts of the store, where they were checked. */
  parts?: readonly Line[];
  now: number;
}

/** Prices change; a list this old is likely to lack models. */
const OLD_PRICES_MS = 30 * 86_400_000;

export async function doctor(input: DoctorInput, reader: Reader | undefined): Promise<DoctorReport> {
  const ask = async (lines: (reader: Reader, now: number) => Promise<Line[]>): Promise<Line[]> => {
    if (!reader) return [note('not known: the store could not be opened')];
    return await lines(reader, input.now).catch((error: unknown) => [
      problem(`The store did not answer: ${error instanceof Error ? error.message : String(error)}`),
    ]);
  };
  const [tables, events, bills, sources, uploads, rejected, unpriced] = await Promise.all(
    [tableLines, eventLines, billLines, sourceLines, uploadLines, rejectedLines, unpricedLines].map(ask),
  );
  const sections: Section[] = [
    { title: 'tallyd', lines: aboutLines(input) },
    { title: 'Store', lines: [...storeLines(input), ...(input.parts ?? []), ...tables!] },
    { title: 'Events', lines: events! },
    { title: 'Bills', lines: bills! },
    { title: 'Agents', lines: homeLines(input) },
    { title: 'Followed files', lines: [...sources!, ...unreadLines(input)] },
    { title: 'Uploads', lines: uploads! },
    { title: 'Rejected records', lines: rejected! },
    { title: 'Prices', lines: [...priceLines(input), ...unpriced!] },
  ];
  const problems = sections.flatMap((section) => section.lines).filter((line) => line.level === 'problem');
  return { sections, problems: problems.length };
}

function aboutLines({ version, configuration, dataDir, collector, access }: DoctorInput): Line[] {
  const addresses = Object.entries(collector.addresses ?? {}).map(([name, url]) => fine(`${name}: ${url}`));
  const running = collector.pid === undefined ? 'running' : `running (process ${collector.pid})`;
  return [
    fine(`version ${version}`),
    fine(`configuration: ${configuration.origin}`),
    ...(configuration.problems ?? []).map(problem),
    fine(`data directory: ${dataDir}`),
    collector.running
      ? fine(`collector: ${running}`)
      : note('collector: not running, so nothing new is read. Start it with: tallyd start'),
    ...addresses,
    fine(`tokens: ${access}`),
  ];
}

/** Files before the rest is only counted. */
const UNREAD_LISTED = 10;

function unreadLines({ unread }: DoctorInput): Line[] {
  const shown = unread
    .slice(0, UNREAD_LISTED)
    .map(({ path, problem: why }) => problem(`${clean(path)} is not read: ${clean(why)}`));
  const more = unread.length - shown.length;
  return more > 0 ? [...shown, note(`and ${plural(more, 'other file')}`)] : shown;
}

function storeLines({ store }: DoctorInput): Line[] {
  const size = store.bytes === undefined ? '' : `, ${bytes(store.bytes)} on disk`;
  const lines = [
    fine(`${store.kind === 'embedded' ? 'embedded ClickHouse' : 'ClickHouse server'}: ${store.where}${size}`),
  ];
  return store.problem === undefined ? lines : [...lines, problem(store.problem)];
}

function homeLines({ homes }: DoctorInput): Line[] {
  const lines = homes.map((home) => {
    const how = home.variable ? ` (${home.variable})` : '';
    return home.found
      ? fine(`${home.agent}: ${home.path}${how}`)
      : note(`${home.agent}: not found at ${home.path}${how}`);
  });
  if (homes.some((home) => home.found)) return lines;
  return [
    ...lines,
    problem(
      'No agent’s folder was found. If one lies elsewhere, name it: TALLYD_TAIL=claude-code=/path/to/projects; ' +
        'exports can be pushed with: tallyd push FILE',
    ),
  ];
}

function priceLines({ prices, now }: DoctorInput): Line[] {
  const asOf = prices.asOf === undefined ? '' : `, as of ${new Date(prices.asOf).toISOString().slice(0, 10)}`;
  const origin =
    prices.origin === 'refreshed'
      ? 'the refreshed list'
      : 'the list that tallyd carries; no newer one was fetched yet';
  const lines = [fine(`${origin}${asOf}`)];
  if (prices.problem) {
    lines.push(
      problem(
        `Prices could not be refreshed: ${prices.problem}. The list above stays in use; see docs/pricing.md, or set TALLYD_PRICES_URL=off.`,
      ),
    );
  } else if (prices.asOf !== undefined && now - prices.asOf > OLD_PRICES_MS) {
    lines.push(
      note(
        `prices are from ${ago(prices.asOf, now)}: a running collector refreshes them once a day, if it may`,
      ),
    );
  }
  return lines;
}
