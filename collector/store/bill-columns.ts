/**
 * Columns of a line of a bill as `billed_costs` has them: what a `read.sql` of a format that gives
 * bills tells, beside `bill_id` and `version`. The day is UTC and must be part of `bill_id`.
 */
export const BILL_COLUMNS = {
  day: 'Date',
  source: 'LowCardinality(String)',
  dataset: 'LowCardinality(String)',
  provider: 'LowCardinality(String)',
  /** '' where the line is for no model. */
  model: 'LowCardinality(String)',
  /** What was charged for: the kind of token, the SKU, the meter. */
  line_item: 'LowCardinality(String)',
  project: 'LowCardinality(String)',
  user: 'LowCardinality(String)',
  /** In `currency`, credits below 0. */
  amount: 'Decimal(18, 9)',
  /** ISO 4217, upper case. */
  currency: 'LowCardinality(String)',
  quantity: 'Nullable(Decimal(38, 9))',
  unit: 'LowCardinality(String)',
  tags: 'Map(LowCardinality(String), String)',
} as const;
