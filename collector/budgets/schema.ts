/** What people may write under `budgets` in `tallyd.yaml`. */
import { z } from 'zod';
import { EVENT_COLUMNS, HOURLY_COLUMNS, isScopeColumn } from './scope.ts';

const DEFAULT_THRESHOLDS = [50, 80, 100];

const text = z.string('must be text; put a number into quotes');
const NO_VALUES = 'must have a value; leave the column out to count all';
const scopeValues = z.union(
  [text.transform((value) => [value]), z.array(text).min(1, NO_VALUES)],
  'must be a value, or a list of them; put a number into quotes',
);

const scope = z
  .record(
    z.string(),
    scopeValues,
    'scope must be a map of columns to values, such as { model: claude-opus* }',
  )
  .superRefine((columns, context) => {
    for (const column of Object.keys(columns).filter((one) => !isScopeColumn(one))) {
      context.addIssue({
        code: 'custom',
        path: [column],
        message: `is no column that a budget can be scoped by; there are ${[...HOURLY_COLUMNS, ...EVENT_COLUMNS].join(', ')} and tags.NAME`,
      });
    }
  });

const threshold = z
  .number('must be a percentage, such as 80')
  .positive('must be above 0: it is a percentage of the amount')
  .max(1000, 'must be at most 1000: it is a percentage of the amount');

const shape = {
  name: z
    .string('name must be text')
    .refine((name) => name.trim() !== '', 'name must not be empty')
    .refine((name) => name === name.trim() && !/\p{Cc}/u.test(name), {
      error: 'name must be on one line, without spaces around it',
    })
    .max(100, 'name must have at most 100 characters'),
  period: z.enum(['daily', 'weekly', 'monthly'], 'period must be daily, weekly or monthly'),
  usd: z
    .number('usd must be an amount of dollars, such as 200')
    .positive('usd must be above 0')
    .max(1e12, 'usd must be at most 1000000000000')
    .optional(),
  tokens: z
    .number('tokens must be a whole number, such as 5000000')
    .int('tokens must be a whole number')
    .positive('tokens must be above 0')
    .optional(),
  scope: scope.optional(),
  thresholds: z
    .array(threshold, 'thresholds must be a list of percentages, such as [50, 80, 100]')
    .min(1, 'thresholds must have an entry, or be left out')
    .refine((list) => new Set(list).size === list.length, 'thresholds must differ from each other')
    .optional(),
  week_starts_on: z.enum(['monday', 'sunday'], 'week_starts_on must be monday or sunday').optional(),
  charged_only: z.boolean('charged_only must be true or false').optional(),
};

const budget = z
  .strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `${issue.keys.join(', ')} is not known here; there are ${Object.keys(shape).join(', ')}`
        : 'must be a map with name, period, and usd or tokens',
  })
  .superRefine((one, context) => {
    const complain = (message: string): void => context.addIssue({ code: 'custom', message });
    if (one.usd === undefined && one.tokens === undefined)
      complain('must have an amount: usd: 200, or tokens: 5000000');
    if (one.usd !== undefined && one.tokens !== undefined)
      complain('has both usd and tokens: a budget has one amount; write two budgets');
    if (one.week_starts_on !== undefined && one.period !== 'weekly')
      complain('has week_starts_on, which only a weekly budget may have');
  })
  .transform((one) => ({
    name: one.name,
    period: one.period,
    unit: one.usd === undefined ? ('tokens' as const) : ('usd' as const),
    amount: one.usd ?? one.tokens ?? 0,
    scope: one.scope ?? {},
    /** Shares of the amount, ascending. */
    thresholds: [...(one.thresholds ?? DEFAULT_THRESHOLDS)]
      .sort((a, b) => a - b)
      .map((percent) => percent / 100),
    weekStartsOn: one.week_starts_on ?? ('monday' as const),
    chargedOnly: one.charged_only ?? false,
  }));

/** Checks `budgets:` of tallyd.yaml. Its messages are for the person who wrote the file. */
export const budgetsSchema = z
  .array(budget, 'budgets must be a list, each with name, period, and usd or tokens')
  .superRefine((budgets, context) => {
    const names = budgets.map((one) => one.name);
    const twice = names.find((one, i) => names.indexOf(one) !== i);
    if (twice !== undefined)
      context.addIssue({ code: 'custom', message: `two budgets are named ${twice}: give each its own name` });
  });

/** A budget as the rest of tallyd knows it. */
export type Budget = z.output<typeof budgetsSchema>[number];
