/** What the store answers to the doctor's questions. Each is one SELECT. */
import type { Reader } from '../store/types.ts';
import { fine, type Line, note, problem } from './doctor-line.ts';
import { formatCount } from './money.ts';
import { ago, bytes, plural } from './quantities.ts';
import { clean, truncate } from './text.ts';

/** Lines of a list before the rest is only counted. */
const LISTED = 10;
const UPLOADS_LISTED = 5;

/** Rows and bytes per table, the largest first. */
export async function tableLines(reader: Reader): Promise<Line[]> {
  const rows = await reader.rows<{ name: string; rows: number; size: number }>(
    `SELECT name, ifNull(total_rows, 0) AS rows, ifNull(total_bytes, 0) AS size FROM system.tables ` +
      `WHERE database = 'tallyd' AND engine LIKE '%MergeTree' AND rows > 0 ORDER BY size DESC, name`,
  );
  return rows.map((row) =>
    fine(`${row.name}: ${plural(Number(row.rows), 'row')}, ${bytes(Number(row.size))}`),
  );
}

export async function eventLines(reader: Reader, now: number): Promise<Line[]> {
  const rows = await reader.rows<{ source: string; events: number; oldest: number; newest: number }>(
    `SELECT source, count() AS events, toUnixTimestamp64Milli(min(ts)) AS oldest, toUnixTimestamp64Milli(max(ts)) AS newest ` +
      `FROM tallyd.usage GROUP BY source ORDER BY events DESC, source`,
  );
  if (rows.length === 0) {
    return [
      problem(
        'Nothing is stored yet. Start the collector (tallyd start), or push an export: tallyd push FILE',
      ),
    ];
  }
  return rows.map((row) => {
    const from = new Date(Number(row.oldest)).toISOString().slice(0, 10);
    const newest = Number(row.newest);
    const to = newest > now ? 'the future' : ago(newest, now);
    return fine(
      `${row.source}: ${plural(Number(row.events), 'event')}, the oldest of ${from}, the newest from ${to}`,
    );
  });
}

export async function sourceLines(reader: Reader, now: number): Promise<Line[]> {
  const rows = await reader.rows<
    Record<'files' | 'bytes_' | 'behind' | 'gone' | 'modified', number> & { source: string }
  >(
    // an alias must not have the name of a column that another expression sums
    `SELECT source, countIf(state = 'following') AS files, sumIf(size, state = 'following') AS bytes_, ` +
      `sumIf(if(size > offset, size - offset, 0), state = 'following') AS behind, countIf(state = 'gone') AS gone, ` +
      `toUnixTimestamp64Milli(max(modified_at)) AS modified FROM tallyd.tailed_files GROUP BY source ORDER BY source`,
  );
  if (rows.length === 0) return [note('none: the collector has not found a log file yet')];
  return rows.map((row) => {
    const gone =
      Number(row.gone) > 0 ? `, ${formatCount(Number(row.gone))} gone (what they held is kept)` : '';
    const behind = Number(row.behind) > 0 ? `, ${bytes(Number(row.behind))} still to read` : ', all read';
    const newest = ago(Number(row.modified), now);
    return fine(
      `${row.source}: ${plural(Number(row.files), 'file')}, ${bytes(Number(row.bytes_))}${behind}, last written ${newest}${gone}`,
    );
  });
}

/** Followed files that are known to the collector, each with the sentence why it is not read; '' where it is. */
export async function knownFiles(reader: Reader): Promise<Map<string, string>> {
  const rows = await reader.rows<{ path: string; problem: string }>(
    `SELECT path, problem FROM tallyd.tailed_files WHERE state = 'following' ORDER BY path`,
  );
  return new Map(rows.map(({ path, problem }) => [path, problem]));
}

/** Bills by source, which are no events. */
export async function billLines(reader: Reader): Promise<Line[]> {
  const rows = await reader.rows<{ source: string; lines: number; first: string; last: string }>(
    `SELECT source, count() AS lines, toString(min(day)) AS first, toString(max(day)) AS last ` +
      `FROM tallyd.billed_costs GROUP BY source ORDER BY source`,
  );
  if (rows.length === 0)
    return [note('none: with bills, tallyd report billed holds them against what is calculated')];
  return rows.map(({ source, lines, first, last }) =>
    fine(`${source}: ${plural(Number(lines), 'line')}, from ${first} to ${last}`),
  );
}

interface UploadRow {
  id: string;
  name: string;
  dataset: string;
  format: string;
  status: string;
  accepted: number;
  rejected: number;
  error: string;
  started: number;
}

export async function uploadLines(reader: Reader, now: number): Promise<Line[]> {
  const rows = await reader.rows<UploadRow>(
    `SELECT id, name, dataset, format, toString(status) AS status, rows_accepted AS accepted, rows_rejected AS rejected, ` +
      `error, toUnixTimestamp64Milli(started_at) AS started FROM tallyd.uploads ORDER BY started_at DESC LIMIT ${UPLOADS_LISTED}`,
  );
  if (rows.length === 0) return [fine('none')];
  return rows.map((row) => {
    const title = `${clean(row.name || row.id)} (${row.format || 'unknown format'}, dataset ${clean(row.dataset)}, ${ago(Number(row.started), now)})`;
    if (row.status === 'failed') {
      return problem(
        `Upload ${title} failed: ${clean(row.error) || 'no reason is recorded'}. Correct it and push it again.`,
      );
    }
    return fine(
      `${title}: ${row.status}, ${formatCount(Number(row.accepted))} new, ${formatCount(Number(row.rejected))} rejected`,
    );
  });
}

interface RejectedRow {
  source: string;
  reason: string;
  records: number;
  example: string;
  at_line: number;
}

export async function rejectedLines(reader: Reader): Promise<Line[]> {
  const rows = await reader.rows<RejectedRow>(
    `SELECT source, reason, count() AS records, argMax(path, (rejected_at, path, record)) AS example, ` +
      `argMax(line, (rejected_at, path, record)) AS at_line ` +
      `FROM tallyd.rejected_records FINAL GROUP BY source, reason ORDER BY records DESC, source, reason`,
  );
  if (rows.length === 0) return [fine('none')];
  const shown = rows.slice(0, LISTED).map((row) => {
    const at = Number(row.at_line) > 0 ? `${clean(row.example)}:${row.at_line}` : clean(row.example);
    return problem(
      `${plural(Number(row.records), 'record')} of ${row.source} could not be read: ${truncate(clean(row.reason), 200)}, ` +
        `for example ${at}. Look there; all of them are in the table rejected_records.`,
    );
  });
  const more = rows.length - shown.length;
  return more > 0 ? [...shown, note(`and ${plural(more, 'other reason')}`)] : shown;
}

interface UnpricedRow {
  provider: string;
  model: string;
  tokens: number;
  requests_: number;
  seen: number;
  priced: number | boolean;
  reported: number | boolean;
}

/** From the hourly sums: what the price list cannot price, whatever the cost mode. */
export async function unpricedLines(reader: Reader, now: number): Promise<Line[]> {
  const rows = await reader.rows<UnpricedRow>(
    `SELECT provider, model, sum(unpriced_tokens) AS tokens, sum(unpriced_requests) AS requests_, ` +
      `toUnixTimestamp(max(hour)) * 1000 AS seen, max(reported_cost_usd) > 0 AS reported, ` +
      `(toString(provider), toString(model)) IN (SELECT provider, model FROM tallyd.priced_names FINAL WHERE priced) AS priced ` +
      `FROM tallyd.usage_hourly WHERE unpriced_requests > 0 OR unpriced_tokens > 0 GROUP BY provider, model ORDER BY tokens DESC, model`,
  );
  const shown = rows.slice(0, LISTED).map((row) => unpricedLine(row, now));
  const more = rows.length - shown.length;
  return more > 0 ? [...shown, note(`and ${plural(more, 'other model')} without a price`)] : shown;
}

function unpricedLine(row: UnpricedRow, now: number): Line {
  const of = row.provider ? ` of ${clean(row.provider)}` : '';
  const name = `${clean(row.model) || '(no model name)'}${of}`;
  if (Number(row.tokens) === 0)
    return note(
      `${name}: ${plural(Number(row.requests_), 'request')}, last seen ${ago(Number(row.seen), now)}, of which the source tells no tokens${Number(row.reported) ? ', only costs, which are used' : ''}`,
    );
  const much = `${plural(Number(row.tokens), 'token')} in ${plural(Number(row.requests_), 'request')}, last seen ${ago(Number(row.seen), now)}`;
  if (Number(row.priced))
    return note(`${name}: ${much}; they have a price, but the source does not tell their kind`);
  if (Number(row.reported))
    return note(`${name} is in no price list (${much}); its source reports costs, which are used`);
  return problem(
    `${name} has no price: ${much}. Give it one under prices: in tallyd.yaml, see docs/pricing.md.`,
  );
}
