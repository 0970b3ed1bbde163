/** How well the pipeline itself does: what came in, what was refused, how far behind it is. */
import type { Meter } from '@opentelemetry/api';
import type { Telemetry } from '../../collector/telemetry.ts';
import { BoundedLabel } from '../labels.ts';

type Event<Name extends keyof Telemetry> = Parameters<Telemetry[Name]>[0];

const SOURCES = 50;
const REASONS = 50;
const RECORDS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];
const BATCH_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const UPLOAD_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

export class PipelineInstruments implements Telemetry {
  readonly #sources = new BoundedLabel(SOURCES);
  readonly #reasons = new BoundedLabel(REASONS);
  readonly #tails = new Map<string, Event<'tailLag'>>();
  readonly #newest = new Map<string, number>();
  #spool: Event<'spoolHeld'> | undefined;
  readonly #meters: ReturnType<typeof createPipelineMeters>;

  /** `now` is the clock, in ms since the epoch, against which the newest event is old. */
  constructor(meter: Meter, now: () => number) {
    this.#meters = createPipelineMeters(meter);
    this.#observeTails(meter);
    this.#observeSpool(meter);
    meter
      .createObservableGauge('tallyd_newest_event_age_seconds', {
        unit: 's',
        description: 'Time since the newest event that was stored',
      })
      .addCallback((result) => {
        // An event may be dated in the future, by a clock that is wrong; its age is not negative.
        for (const [source, at] of this.#newest) result.observe(Math.max(0, now() - at) / 1000, { source });
      });
  }

  batchStored(e: Event<'batchStored'>): void {
    const source = this.#sources.of(e.source);
    const { via } = e;
    const from = { source, via };
    for (const outcome of ['accepted', 'duplicate', 'rejected'] as const)
      this.#meters.records.add(e.rows[outcome], { ...from, outcome });
    this.#meters.revised.add(e.rows.revised, { source });
    for (const [reason, count] of Object.entries(e.rejectedByReason))
      this.#meters.rejected.add(count, { source, reason: this.#reasons.of(reason) });
    this.#meters.bytes.add(e.bytes, from);
    this.#meters.failed.add(0, from);
    this.#meters.batchRecords.record(e.rows.read, from);
    this.#meters.batchSeconds.record(e.seconds, from);
    if (e.newestEventAt !== undefined)
      this.#newest.set(source, Math.max(e.newestEventAt, this.#newest.get(source) ?? -Infinity));
  }

  batchFailed(e: Event<'batchFailed'>): void {
    this.#meters.failed.add(1, { source: this.#sources.of(e.source), via: e.via });
  }

  uploadFinished(e: Event<'uploadFinished'>): void {
    this.#meters.uploadSeconds.record(e.seconds, { source: this.#sources.of(e.source), status: e.status });
  }

  spoolHeld(e: Event<'spoolHeld'>): void {
    this.#spool = e;
  }

  tailLag(e: Event<'tailLag'>): void {
    this.#tails.set(this.#sources.of(e.source), e);
  }

  requestLimited(e: Event<'requestLimited'>): void {
    this.#meters.limited.add(1, e);
  }

  #observeSpool(meter: Meter): void {
    const gauge = (
      name: string,
      unit: string,
      description: string,
      value: (spool: Event<'spoolHeld'>) => number,
    ) =>
      meter.createObservableGauge(name, { unit, description }).addCallback((result) => {
        if (this.#spool) result.observe(value(this.#spool));
      });
    gauge('tallyd_spool_bytes', 'By', 'Bytes of uploads that are not stored yet', (spool) => spool.bytes);
    gauge('tallyd_spool_limit_bytes', 'By', 'How many there may be', (spool) => spool.maxBytes);
    gauge('tallyd_spool_uploads', '{upload}', 'Uploads that are not stored yet', (spool) => spool.uploads);
  }

  #observeTails(meter: Meter): void {
    const gauge = (
      name: string,
      unit: string,
      description: string,
      value: (lag: Event<'tailLag'>) => number,
    ) =>
      meter.createObservableGauge(name, { unit, description }).addCallback((result) => {
        for (const [source, lag] of this.#tails) result.observe(value(lag), { source });
      });
    gauge('tallyd_tail_files', '{file}', 'Files that are followed', (lag) => lag.files);
    gauge('tallyd_tail_lag_bytes', 'By', 'Bytes seen and not yet stored', (lag) => lag.bytesBehind);
    gauge(
      'tallyd_tail_lag_seconds',
      's',
      'How long the oldest of them have waited',
      (lag) => lag.secondsBehind,
    );
  }
}

function createPipelineMeters(meter: Meter) {
  const counter = (name: string, unit: string, description: string) =>
    meter.createCounter(name, { unit, description });
  const histogram = (name: string, unit: string, description: string, explicitBucketBoundaries: number[]) =>
    meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries } });
  return {
    records: counter('tallyd_records', '{record}', 'Records read, by what became of them'),
    revised: counter('tallyd_records_revised', '{record}', 'Duplicates that corrected an event'),
    rejected: counter('tallyd_records_rejected', '{record}', 'Records that could not be read, by reason'),
    bytes: counter('tallyd_bytes', 'By', 'Bytes of usage logs and exports stored'),
    failed: counter('tallyd_batches_failed', '{batch}', 'Attempts to store a batch that failed'),
    limited: counter('tallyd_limited_requests', '{request}', 'Requests refused because of a limit'),
    batchRecords: histogram('tallyd_batch_records', '{record}', 'Records of a stored batch', RECORDS),
    batchSeconds: histogram(
      'tallyd_batch_duration_seconds',
      's',
      'Time to read, price and store a batch',
      BATCH_SECONDS,
    ),
    uploadSeconds: histogram(
      'tallyd_upload_duration_seconds',
      's',
      'Time from the first byte of an upload to its report',
      UPLOAD_SECONDS,
    ),
  };
}
