import { describe, expect, it } from 'vitest';
import { budgetsSchema } from './schema.ts';
import { likePattern, needsEvents, scopeText } from './scope.ts';

/** What the person who wrote the file reads. */
function problemsOf(value: unknown): string {
  const result = budgetsSchema.safeParse(value);
  if (result.success) throw new Error('was accepted');
  return result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n');
}
const one = (more: object) => [{ name: 'a', period: 'daily', usd: 1, ...more }];

describe('a budget', () => {
  it('needs a name, a period and an amount, and has defaults for the rest', () => {
    expect(budgetsSchema.parse([{ name: 'team', period: 'monthly', usd: 200 }])).toEqual([
      {
        name: 'team',
        period: 'monthly',
        unit: 'usd',
        amount: 200,
        scope: {},
        thresholds: [0.5, 0.8, 1],
        weekStartsOn: 'monday',
        chargedOnly: false,
      },
    ]);
  });

  it('takes one value or several per column, and thresholds in any order', () => {
    const [budget] = budgetsSchema.parse([
      {
        name: 'a',
        period: 'weekly',
        tokens: 5,
        week_starts_on: 'sunday',
        thresholds: [120, 90],
        scope: { model: 'x*', user: ['a', 'b'] },
      },
    ]);
    expect(budget).toMatchObject({
      unit: 'tokens',
      amount: 5,
      weekStartsOn: 'sunday',
      thresholds: [0.9, 1.2],
      scope: { model: ['x*'], user: ['a', 'b'] },
    });
  });

  it.each([
    [{}, /budgets must be a list/],
    [['x'], /must be a map with name, period, and usd or tokens/],
    [[{ name: 'a', period: 'daily' }], /must have an amount: usd: 200, or tokens: 5000000/],
    [one({ tokens: 1 }), /has both usd and tokens/],
    [one({ usd: 0 }), /0\.usd: usd must be above 0/],
    [one({ usd: 'much' }), /usd must be an amount of dollars/],
    [[{ name: 'a', period: 'daily', tokens: 1.5 }], /tokens must be a whole number/],
    [one({ period: 'yearly' }), /period must be daily, weekly or monthly/],
    [one({ name: '' }), /name must not be empty/],
    [one({ name: 'a\nb' }), /name must be on one line/],
    [one({ limit: 3 }), /limit is not known here; there are name, period, usd, tokens, scope/],
    [one({ thresholds: [] }), /thresholds must have an entry/],
    [one({ thresholds: [50, 50] }), /thresholds must differ/],
    [one({ thresholds: [-1] }), /must be above 0: it is a percentage/],
    [one({ week_starts_on: 'monday' }), /only a weekly budget may have/],
    [one({ charged_only: 'yes' }), /charged_only must be true or false/],
    [
      one({ scope: { modell: 'x' } }),
      /scope\.modell: is no column that a budget can be scoped by; there are source, .*tags\.NAME/,
    ],
    [one({ scope: { 'tags.': 'x' } }), /is no column/],
    [
      one({ scope: { user: 42 } }),
      /scope\.user: must be a value, or a list of them; put a number into quotes/,
    ],
    [one({ scope: { user: [] } }), /scope\.user: must have a value; leave the column out to count all/],
    [one({ scope: 'all' }), /scope must be a map of columns to values/],
    [[...one({}), ...one({})], /two budgets are named a: give each its own name/],
  ])('is refused with a sentence: %j', (value, sentence) => {
    expect(problemsOf(value)).toMatch(sentence);
  });
});

describe('a scope', () => {
  it('needs the events where the hourly sums do not know a column', () => {
    expect(needsEvents({})).toBe(false);
    expect(needsEvents({ model: ['a'], status: ['ok'] })).toBe(false);
    expect(needsEvents({ model: ['a'], session_id: ['ok'] })).toBe(true);
    expect(needsEvents({ 'tags.branch': ['ok'] })).toBe(true);
  });

  it('reads as a sentence does', () => {
    expect(scopeText({}, false)).toBe('everything');
    expect(scopeText({}, true)).toBe('everything, charged only');
    expect(scopeText({ user: ['a', ''], model: ['b*'] }, false)).toBe('user a or (unknown) and model b*');
  });

  it('has * for anything, and every other character for itself', () => {
    expect(likePattern('*/a_b%c\\d*')).toBe('%/a\\_b\\%c\\\\d%');
  });
});
