/** What the collector prints once it has read everything for the first time. */
import type { Reader } from '../store/types.ts';
import { addDays } from './filters.ts';
import { LocalTime } from './local-time.ts';
import { formatUsd } from './money.ts';
import { plural } from './quantities.ts';
import { renderReport } from './render.ts';
import { report } from './report.ts';
import type { Style } from './table.ts';
import { wrap } from './text.ts';
import type { Daily, Monthly, Report } from './types.ts';

export interface SummaryInput {
  /** IANA name. */
  timezone: string;
  now: number;
  /** Where everything is; what is switched off is left out. */
  addresses: {
    /** Ends in `/uploads`: `http://127.0.0.1:4318/api/v1/uploads`. */
    uploads?: string;
    metrics?: string;
    clickhouse?: string;
    grafana?: string;
    dataDir: string;
    docs: string;
  };
}

const DAYS = 14;
const NOTHING =
  'No usage was found yet. What agents write from now on is read as it comes; exports can be pushed with the line below; tallyd doctor says what was looked for.';

/** The costs of the last days, of everything, and where to find what; ends without a newline. */
export async function summary(input: SummaryInput, reader: Reader, style: Style): Promise<string> {
  const today = new LocalTime(input.timezone).day(input.now);
  const since = addDays(today, 1 - DAYS);
  const { timezone, now } = input;
  const [recent, all] = await Promise.all([
    report('daily', { timezone, now, since, until: today }, reader),
    report('monthly', { timezone, now }, reader),
  ]);
  const costs = costLines(recent, all, style);
  return [...costs, '', ...whereEverythingIs(input.addresses)].join('\n');
}

function costLines(recent: Report, all: Report, style: Style): string[] {
  const { monthly, totals } = all.json as Monthly;
  if (monthly.length === 0) return wrap(NOTHING, style.width);
  const lately = (recent.json as Daily).daily.length > 0;
  const everything =
    `Since ${monthly[0]!.month}: ${formatUsd(totals.totalCost)} for ${plural(totals.totalTokens, 'token')} ` +
    `in ${plural(totals.requests, 'request')}.`;
  return [
    ...(lately
      ? [`The last ${DAYS} days`, renderReport(recent, style)]
      : [`No usage in the last ${DAYS} days.`]),
    '',
    ...wrap(everything, style.width),
  ];
}

function whereEverythingIs(addresses: SummaryInput['addresses']): string[] {
  const { uploads } = addresses;
  const places: [string, string | undefined][] = [
    ['Uploads', uploads && `curl -T export.csv ${uploads.replace(/\/*$/, '/')}`],
    ['Metrics', addresses.metrics],
    ['ClickHouse', addresses.clickhouse && `${addresses.clickhouse} (HTTP, reading only)`],
    ['Grafana', addresses.grafana],
    ['Data', addresses.dataDir],
    ['Docs', addresses.docs],
  ];
  return places.filter(([, where]) => where).map(([name, where]) => `${`${name}:`.padEnd(12)}${where}`);
}
