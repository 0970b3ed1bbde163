/**
 * Usage of agents that rewrite their files: what the files hold in the end, what they held before, and
 * the usage that both together must add up to.
 */
import type { Prng } from './prng.ts';
import type { GeneratedFile } from './truth.ts';

/** One event as it must be stored. */
export interface TrueUsage {
  /** Milliseconds since the epoch. */
  ts: number;
  sessionId: string;
  model: string;
  status: 'ok' | 'error' | 'aborted';
  input: number;
  cacheWrite: number;
  cacheRead: number;
  output: number;
  reasoning: number;
  unclassified: number;
  /** Dollars, where the agent told a cost that counts. */
  reportedCostUsd?: string;
}

export interface Rewritten {
  /** As they are at the end. */
  files: GeneratedFile[];
  /** The same files, or some of them, as they were before. */
  earlier: GeneratedFile[];
  truth: TrueUsage[];
  /** Records of the final files that cannot be read. */
  rejected: number;
}

export interface RewrittenOptions {
  seed: string | number;
  /** Sessions, threads or tasks. */
  sessions: number;
  /** Milliseconds since the epoch. */
  from: number;
  /** When a session begins. @default one after the other from `from` on */
  when?: (prng: Prng) => number;
  /** Records that cannot be read, too. @default true */
  quirks?: boolean;
}

/** Milliseconds since the epoch at which session `number` begins; `apart` of the one before by default. */
export function startOf(prng: Prng, { from, when }: RewrittenOptions, number: number, apart: number): number {
  return when ? when(prng) : from + number * apart;
}

/** The weight of what cannot be read among what can. */
export function badWeight({ quirks = true }: RewrittenOptions): number {
  return quirks ? 1 : 0;
}

export const NO_USAGE = {
  status: 'ok',
  input: 0,
  cacheWrite: 0,
  cacheRead: 0,
  output: 0,
  reasoning: 0,
  unclassified: 0,
} as const;

/** A field that no reader knows, now and then. */
export function unknownFields(prng: Prng): Record<string, unknown> {
  return prng.chance(0.3) ? { [`unknown_${prng.hex(4)}`]: { nested: [prng.int(0, 9), null, 'text'] } } : {};
}

/** Text of a conversation, with what makes parsers stumble: quotes, half a character, look-alikes. */
export function talk(prng: Prng): string {
  return prng.pick([
    'an answer',
    'a "quoted" answer',
    'cut \ud83d',
    'it said {"tokens": {"input": 5}}',
    'ünïcödé 🙂',
  ]);
}

/** JSON in one of the ways that agents write it. */
export function asJson(prng: Prng, value: unknown): string {
  return prng.chance(0.5) ? `${JSON.stringify(value, undefined, 2)}\n` : JSON.stringify(value);
}
