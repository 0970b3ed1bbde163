/** What all parts of the demo have in common: whose projects they are, and when people worked. */
import type { PriceBook } from '../pricing/types.ts';
import { DAY, timestamp, workingTimes } from './clock.ts';
import type { Billable } from './demo-bills.ts';
import type { Prng } from './prng.ts';

/** Same options, same demo. */
export interface DemoSeed {
  /** Milliseconds since the epoch; nothing is later. */
  now: number;
  seed: string | number;
}

export interface ExportsSetting {
  seed: string;
  prices: PriceBook;
  projects: readonly string[];
  /** Milliseconds since the epoch: whole UTC days from the first up to, not including, `until`. */
  from: number;
  until: number;
  /** What agents used at providers whose bills are here, too. */
  used: readonly Billable[];
  /** When people work. */
  when: (prng: Prng) => number;
}

export const PROJECTS = [
  'demo/webshop',
  'demo/payments',
  'demo/mobile-app',
  'demo/data-pipeline',
  'demo/docs',
];
const DAYS = 42;

/** Working hours of the last weeks, with one weekday on which everything was tried at once. */
export function calendar({ now }: DemoSeed): { from: number; until: number; when: (prng: Prng) => number } {
  const from = now - DAYS * DAY;
  let peak = now - 9 * DAY;
  while ([0, 6].includes(new Date(peak).getUTCDay())) peak -= DAY;
  return { from, until: now, when: workingTimes(from, now, timestamp(peak).slice(0, 10)) };
}
