/** What tells whether a file is still the one whose position is remembered. */
import { hash } from 'node:crypto';
import type { Layout } from '../../formats/format.ts';

/** A hash of a few bytes at a known place: the beginning of a file, or what stands before a position. */
export interface Digest {
  length: number;
  hash: string;
}

export const NOTHING: Digest = { length: 0, hash: '' };

/** Bytes before a position that are compared before reading on. */
export const TAIL_BYTES = 256;

/**
 * How many bytes of the beginning are compared. Transcripts begin with unique ids; the delimited files
 * of one kind all begin with the same header, so theirs reach into the records. The first pages of a
 * database change with every write, so only its magic is compared.
 */
export function fingerprintBytes(layout: Layout): number {
  if (layout === 'sqlite') return 16;
  return layout === 'lines' ? 1024 : 4096;
}

export function digest(bytes: Buffer): Digest {
  if (bytes.length === 0) return NOTHING;
  return { length: bytes.length, hash: hash('sha256', bytes, 'hex').slice(0, 32) };
}

/** Whether the file that now begins with `head` began so when the fingerprint was taken. It may have grown. */
export function beginsAs(head: Buffer, fingerprint: Digest): boolean {
  return head.length >= fingerprint.length && same(head.subarray(0, fingerprint.length), fingerprint);
}

export function same(bytes: Buffer, expected: Digest): boolean {
  return bytes.length === expected.length && digest(bytes).hash === expected.hash;
}

/** The digest of the last bytes before `end`. */
export function digestBefore(bytes: Buffer, end: number): Digest {
  return digest(bytes.subarray(Math.max(0, end - TAIL_BYTES), end));
}
