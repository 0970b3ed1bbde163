/** Measurements as a Markdown table, and values as people read them. */
import { type Goal, isMet, type Measurement, type Unit } from './measurement.ts';
import type { Summary } from './summary.ts';

const HEADER = ['#', 'work', 'measure', 'tallyd', 'pair', '', 'ratio', 'goal', 'met'];

/** Values stand as `min / median / max`. */
export function markdown(measurements: readonly Measurement[]): string {
  const lines = measurements.map((one) => [
    String(one.row),
    one.work,
    one.measure,
    three(one.tallyd, (value) => shown(value, one.unit)),
    one.pair,
    three(one.other, (value) => shown(value, one.unit)),
    `**${three(one.ratio, ratioShown)}**`,
    one.goal ? goalShown(one.goal, one.unit) : '',
    { true: 'yes', false: 'no', undefined: '' }[String(isMet(one))]!,
  ]);
  return [HEADER, HEADER.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function three(summary: Summary, show: (value: number) => string): string {
  const [min, median, max] = [summary.min, summary.median, summary.max].map(show);
  return min === max ? median! : `${min} / ${median} / ${max}`;
}

function ratioShown(ratio: number): string {
  // nothing at all on the other side, such as the processor's time of a program that sleeps
  if (!Number.isFinite(ratio)) return '–';
  return ratio >= 10 ? ratio.toFixed(0) : ratio >= 0.1 ? ratio.toFixed(2) : ratio.toFixed(3);
}

function goalShown({ of, atMost }: Goal, unit: Unit): string {
  if (of === 'ratio') return `ratio ≤ ${atMost}`;
  return `≤ ${shown(atMost, unit)}${of === 'difference' ? ' more' : ''}`;
}

/** A value with its unit, in three or four digits. */
export function shown(value: number, unit: Unit): string {
  switch (unit) {
    case 'ms':
      return value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`;
    case 'µs':
      return `${value.toFixed(1)} µs`;
    case 'bytes':
      return `${(value / 2 ** 20).toFixed(0)} MiB`;
    case 'percent':
      return `${value.toFixed(2)} %`;
    case 'rows/s':
      return `${Math.round(value).toLocaleString('en')}/s`;
  }
}
