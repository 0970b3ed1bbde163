/**
 * What docs/performance.md says: its tables are made from docs/performance.json, and a run can be held
 * against the ratios there.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../collector/package-root.ts';
import type { Measurement } from './measurement.ts';
import { markdown } from './table.ts';

export type Size = 'full' | 'small';

/** The measurements of one size, and what they were made on. */
export interface Documented {
  /** As {@link import('./machine.ts').machine} says it. */
  machine: string;
  seed: string;
  measurements: Measurement[];
}

export type Documentation = Partial<Record<Size, Documented>>;

const JSON_FILE = join(packageRoot, 'docs/performance.json');
export const PAGE = join(packageRoot, 'docs/performance.md');

export function readDocumented(file = JSON_FILE): Documentation {
  return JSON.parse(readFileSync(file, 'utf8')) as Documentation;
}

/** Puts a run in the place of what is documented of the same measurements, in the JSON and on the page. */
export function record(size: Size, { measurements, ...run }: Documented): void {
  const documentation = readDocumented();
  const replaced = new Set(measurements.map(({ id }) => id));
  const others = (documentation[size]?.measurements ?? []).filter(({ id }) => !replaced.has(id));
  documentation[size] = { ...run, measurements: [...others, ...measurements].sort((a, b) => a.row - b.row) };
  writeFileSync(JSON_FILE, `${JSON.stringify(documentation, null, 2)}\n`);
  writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8'), documentation));
}

/** The page with the tables of the JSON between its marks: `<!-- full -->` … `<!-- /full -->`. */
export function withTables(page: string, documentation: Documentation): string {
  let text = page;
  for (const [size, documented] of Object.entries(documentation)) {
    const between = new RegExp(`(<!-- ${size} -->\n)[^]*?(<!-- /${size} -->)`);
    if (!between.test(text)) throw new Error(`docs/performance.md has no place for the table "${size}"`);
    const table = `\n${documented.machine}\n\n${markdown(documented.measurements)}\n\n`;
    text = text.replace(between, (_whole, begin: string, end: string) => begin + table + end);
  }
  return text;
}

/** Rows whose ratios a change must not make twice as bad. */
const CHECKED_ROWS = 5;
const TIMES_WORSE = 2;

/** What is worse than documented, a sentence each. */
export function worseThan(documented: readonly Measurement[], measured: readonly Measurement[]): string[] {
  return measured
    .filter(({ row }) => row <= CHECKED_ROWS)
    .flatMap((one) => {
      const known = documented.find(({ id }) => id === one.id);
      if (!known) return [`${one.id} is not documented: record it (--record).`];
      const [is, was] = [one.ratio.median, known.ratio.median];
      if (is <= was * TIMES_WORSE) return [];
      return [
        `${one.id} (row ${one.row}, ${one.measure}): the ratio to ${one.pair} is ${is.toFixed(3)}, ` +
          `more than ${TIMES_WORSE} times the documented ${was.toFixed(3)}.`,
      ];
    });
}
