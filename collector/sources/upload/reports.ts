/** The reports of uploads in ClickHouse: `upload_reports`, and the rejected records beside it. */
import { sqlString, sqlStrings } from '../../store/sql.ts';
import type { Store } from '../../store/store.ts';
import { REJECTIONS_INLINE } from '../../store/types.ts';
import type { Page, Paged, RejectionDetail, UploadReport } from './types.ts';

const COLUMNS =
  'id, name, dataset, format, mode, status, bytes, rows_read, rows_accepted, rows_duplicate, rows_revised, ' +
  'rows_rejected, unpriced, error, started_at, finished_at';

const SELECT =
  'SELECT id, name, dataset, format, mode, status, bytes, rows_read, rows_accepted, rows_duplicate, rows_revised, ' +
  'rows_rejected, unpriced, error, toUnixTimestamp64Milli(started_at) AS started, ' +
  'toUnixTimestamp64Milli(finished_at) AS finished FROM tallyd.uploads';

/** Until an upload that is not done yet shows in the table. */
const SOON_MS = 250;

interface ReportRow {
  id: string;
  name: string;
  dataset: string;
  format: string;
  mode: UploadReport['mode'];
  status: UploadReport['status'];
  bytes: number;
  rows_read: number;
  rows_accepted: number;
  rows_duplicate: number;
  rows_revised: number;
  rows_rejected: number;
  unpriced: string[];
  error: string;
  started: number;
  finished: number | null;
}

export class UploadReports {
  readonly #store: Store;
  /** To be written, by id: many uploads at once cost one statement. */
  readonly #rows = new Map<string, string>();
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Resolves when the report is stored; with it go those that wait. */
  async save(report: UploadReport): Promise<void> {
    this.#rows.set(report.id, rowOf(report));
    await this.#flush();
  }

  /** Stores the report soon, unless a later one of the same upload comes before. */
  saveSoon(report: UploadReport, onError: (error: unknown) => void): void {
    this.#rows.set(report.id, rowOf(report));
    if (this.#next) return;
    this.#timer ??= setTimeout(() => void this.#flush().catch(onError), SOON_MS).unref();
  }

  /** Whoever comes while rows are being written waits for the next statement. */
  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#next ??= this.#writing.then(() => this.#write());
    await this.#next;
  }

  async #write(): Promise<void> {
    this.#next = undefined;
    const rows = [...this.#rows.values()];
    this.#rows.clear();
    if (rows.length === 0) return;
    const written = this.#store.command(
      `INSERT INTO tallyd.upload_reports (${COLUMNS}) VALUES ${rows.join(', ')}`,
    );
    this.#writing = written.catch(() => undefined);
    await written;
  }

  /** Newest first, without their rejections. */
  async list({ offset, limit }: Page): Promise<Paged<UploadReport>> {
    const rows = await this.#store.rows<ReportRow>(
      `${SELECT} ORDER BY started_at DESC, id DESC LIMIT ${limit} OFFSET ${offset}`,
    );
    const [all] = await this.#store.rows<{ total: number }>('SELECT count() AS total FROM tallyd.uploads');
    return { items: rows.map(reportOf), total: Number(all!.total) };
  }

  async find(id: string): Promise<UploadReport | undefined> {
    const [row] = await this.#store.rows<ReportRow>(`${SELECT} WHERE id = ${sqlString(id)}`);
    if (!row) return undefined;
    const report = reportOf(row);
    const { items } = await this.rejections(report, { offset: 0, limit: REJECTIONS_INLINE });
    return { ...report, rejections: items.map(({ excerpt: _excerpt, ...rejection }) => rejection) };
  }

  /** The rejected records of an upload in the order of its file. */
  async rejections(
    upload: { id: string; format: string; dataset: string },
    { offset, limit }: Page,
  ): Promise<Paged<RejectionDetail>> {
    const from =
      `FROM tallyd.rejected_records FINAL WHERE source = ${sqlString(upload.format)} ` +
      `AND dataset = ${sqlString(upload.dataset)} AND upload_id = ${sqlString(upload.id)}`;
    const rows = await this.#store.rows<Required<RejectionDetail>>(
      `SELECT record, line, reason, column, value, excerpt ${from} ORDER BY path, record, column LIMIT ${limit} OFFSET ${offset}`,
    );
    const [all] = await this.#store.rows<{ total: number }>(`SELECT count() AS total ${from}`);
    const items = rows.map(({ column, value, excerpt, ...rest }) => ({
      ...rest,
      ...(column !== '' && { column, value }),
      excerpt,
    }));
    return { items, total: Number(all!.total) };
  }

  /** The latest time in any report, ms since the epoch; 0 without reports. */
  async latestTime(): Promise<number> {
    const [row] = await this.#store.rows<{ latest: number }>(
      'SELECT toUnixTimestamp64Milli(greatest(max(started_at), ifNull(max(finished_at), max(started_at)))) AS latest FROM tallyd.uploads',
    );
    return Number(row?.latest ?? 0);
  }
}

/** Literals only: a function call in a row costs the engine more than the row. */
function rowOf(report: UploadReport): string {
  const { rows } = report;
  const time = (iso: string): string => sqlString(iso.replace('T', ' ').replace('Z', ''));
  const texts = [report.id, report.name, report.dataset, report.format, report.mode, report.status];
  const numbers = [report.bytes, rows.read, rows.accepted, rows.duplicate, rows.revised, rows.rejected];
  const values = [
    ...texts.map(sqlString),
    ...numbers,
    sqlStrings(report.unpriced),
    sqlString(report.error ?? ''),
    time(report.startedAt),
    report.finishedAt === null ? 'NULL' : time(report.finishedAt),
  ];
  return `(${values.join(', ')})`;
}

function reportOf(row: ReportRow): UploadReport {
  return {
    id: row.id,
    name: row.name,
    dataset: row.dataset,
    format: row.format,
    mode: row.mode,
    status: row.status,
    bytes: Number(row.bytes),
    rows: {
      read: Number(row.rows_read),
      accepted: Number(row.rows_accepted),
      duplicate: Number(row.rows_duplicate),
      rejected: Number(row.rows_rejected),
      revised: Number(row.rows_revised),
    },
    rejections: [],
    unpriced: row.unpriced,
    ...(row.error !== '' && { error: row.error }),
    startedAt: new Date(Number(row.started)).toISOString(),
    finishedAt: row.finished === null ? null : new Date(Number(row.finished)).toISOString(),
  };
}
