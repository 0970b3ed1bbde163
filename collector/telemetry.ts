/**
 * What happens in the pipeline, as one interface: the rooms report through it and know nothing of
 * metrics. `exporter/` turns it into OpenTelemetry instruments, tests into a list.
 */
import type { RowCounts, UsageDelta } from './store/types.ts';

/** Which limit a request met. */
export type LimitReason = (typeof LIMIT_REASONS)[number];

export const LIMIT_REASONS = [
  // rate limits of its token
  'requests',
  'bytes',
  // one upload is too large
  'size',
  // too much at once
  'uploads',
  'queue',
  'spool',
  'statements',
  'connections',
  // the client sends headers that are too large, or too slowly, or takes nothing of its answer
  'headers',
  'slow',
] as const;

export interface Telemetry {
  /** A batch was stored. `via` is how its bytes came in. */
  batchStored(e: {
    source: string;
    via: 'tail' | 'upload';
    rows: RowCounts;
    bytes: number;
    seconds: number;
    /** Rejections by reason; the reason is a short fixed phrase, never a value. */
    rejectedByReason: Record<string, number>;
    usage: UsageDelta[];
    newestEventAt?: number;
  }): void;
  /** A batch could not be stored and will be tried again. */
  batchFailed(e: { source: string; via: 'tail' | 'upload'; error: Error }): void;
  /** An upload ended. `status` is that of its report. */
  uploadFinished(e: { source: string; status: 'done' | 'failed'; bytes: number; seconds: number }): void;
  /** What uploads that are not stored yet hold of the disk. */
  spoolHeld(e: { bytes: number; uploads: number; maxBytes: number }): void;
  /** How far the tail is behind: bytes seen but not stored, and files followed, by source. */
  tailLag(e: { source: string; files: number; bytesBehind: number; secondsBehind: number }): void;
  /** A request was refused, or a connection ended, because of a limit. */
  requestLimited(e: { port: 'http' | 'metrics' | 'store'; reason: LimitReason }): void;
}

export const silentTelemetry: Telemetry = {
  batchStored() {},
  batchFailed() {},
  uploadFinished() {},
  spoolHeld() {},
  tailLag() {},
  requestLimited() {},
};
