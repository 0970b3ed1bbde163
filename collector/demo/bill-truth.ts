/** What a generated bill says, known before it is written. */
import type { GeneratedFile } from './truth.ts';

/** A line as it must be stored. */
export interface BillTruth {
  /** `YYYY-MM-DD`, UTC. */
  day: string;
  model: string;
  lineItem: string;
  project: string;
  user: string;
  /** Billionths of the currency. */
  nanos: bigint;
  currency: string;
}

/** Something charged for on a day, where a bill is not drawn but follows from usage. */
export interface Charge {
  /** Milliseconds since the epoch: the beginning of a UTC day. */
  day: number;
  model: string;
  kind: 'input' | 'cacheWrite5m' | 'cacheWrite1h' | 'cacheRead' | 'output' | 'search';
  project: string;
  user: string;
  tokens: number;
  /** US dollars; negative for a credit. */
  dollars: number;
}

export interface GeneratedBill {
  file: GeneratedFile;
  truth: BillTruth[];
}

/** A decimal as billionths, halves away from zero; the text may have any number of digits. */
export function nanosOf(text: string): bigint {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text)!;
  const digits = fraction.padEnd(10, '0');
  const nanos = BigInt(whole + digits.slice(0, 9)) + (digits[9]! >= '5' ? 1n : 0n);
  return sign === '-' ? -nanos : nanos;
}

export function dayOf(ts: number): string {
  return new Date(ts).toISOString().slice(0, 10);
}
