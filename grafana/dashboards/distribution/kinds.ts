/** What a request is measured by: its tokens, its cost, its duration. */
import { unit } from '../../sdk/units.ts';
import { HISTOGRAM_BOUNDS } from '../../../collector/store/histograms.ts';
import { span } from './buckets.ts';

export interface Kind {
  /** `tokens`: what panels call it. */
  name: string;
  /** Which requests have one, for descriptions. */
  about: string;
  unit: string;
  decimals?: number;
  /** The column of quantile states in the hourly sums. */
  states: string;
  /** The column of counts per bar in the hourly sums. */
  counts: string;
  /** Lower bounds of the histogram's bars, ascending; the first is 0. */
  bounds: readonly number[];
  /** What stands under the bar from one bound to the next. */
  label: (from: number, to: number | undefined) => string;
}

const compact = (value: number): string =>
  value >= 1e6 ? `${value / 1e6} M` : value >= 1000 ? `${value / 1000} k` : String(value);
const time = (ms: number): string =>
  ms >= 3_600_000
    ? `${ms / 3_600_000} h`
    : ms >= 60_000
      ? `${ms / 60_000} min`
      : ms >= 1000
        ? `${ms / 1000} s`
        : `${ms} ms`;

export const KINDS: readonly Kind[] = [
  {
    name: 'tokens',
    about: 'All tokens of a request: input, cache writes and reads, output.',
    unit: unit.count,
    states: 'tokens_quantiles',
    counts: 'tokens_histogram',
    bounds: HISTOGRAM_BOUNDS.tokens,
    label: span(compact),
  },
  {
    name: 'cost',
    about:
      'Costs as the source reported them, else as calculated, whatever the variable "Cost" says; requests without a price are left out.',
    unit: unit.dollars,
    decimals: 4,
    states: 'cost_quantiles',
    counts: 'cost_histogram',
    bounds: HISTOGRAM_BOUNDS.cost,
    // a dollar sign before a digit is a variable to Grafana
    label: (from, to) => `${span(String)(from, to)} USD`,
  },
  {
    name: 'duration',
    about: 'How long requests took, of sources that tell it.',
    unit: unit.milliseconds,
    states: 'duration_quantiles',
    counts: 'duration_histogram',
    bounds: HISTOGRAM_BOUNDS.duration,
    label: span(time),
  },
];
