/** When models are used and whether it grows, of a few requests with known answers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Golden, type GoldenEvent, openGolden, type Row } from '../../tests/support/golden.ts';
import { usagePrices } from '../../tests/support/usage.ts';
import type { Choices } from '../testing/expand.ts';
import { patterns } from './patterns.ts';

const titled = (title: string): string => `${title}: \${measure:text}`;
const event = (ts: string, input_tokens: number, more: Partial<GoldenEvent> = {}): GoldenEvent => ({
  ts,
  model: 'claude-opus-4-5',
  input_tokens,
  ...more,
});

let golden: Golden;
const use = (name: string, events: GoldenEvent[]): void => {
  beforeAll(async () => {
    golden = await openGolden(name, usagePrices, events);
  });
  afterAll(() => golden?.close());
};

describe('the hours of the week', () => {
  use('patterns-week', [
    event('2026-03-16 08:30:00', 100),
    event('2026-03-23 08:30:00', 300),
    event('2026-03-24 22:30:00', 50, { requests: 5, grain: 'bucket' }),
    // the hour after the one that the change of the clock leaves out
    event('2026-03-29 01:30:00', 600),
  ]);
  /** Two weeks, from Monday to Sunday, as Berlin has them. */
  const weeks = (variables: Record<string, string> = {}): Choices => ({
    from: new Date('2026-03-15T23:00:00Z'),
    to: new Date('2026-03-29T21:59:59Z'),
    timezone: 'Europe/Berlin',
    variables: { measure: 'tokens', ...variables },
  });
  const rows = (title: string, variables?: Record<string, string>): Promise<Row[]> =>
    golden.rows(patterns(), title, weeks(variables));
  const cells = async (variables?: Record<string, string>): Promise<Record<string, unknown>> => {
    const days = await rows(titled('Hours of the week'), variables);
    expect(days.map((row) => row['weekday'])).toEqual(
      ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
    );
    const used = days.flatMap(({ weekday, ...hours }) =>
      Object.entries(hours).filter(([, value]) => Number(value) > 0).map(([hour, value]) => [`${String(weekday)} ${hour}`, value]),
    );
    return Object.fromEntries(used) as Record<string, unknown>;
  }; // prettier-ignore

  it('are averages over the times that the range has them, by the clock of the zone', async () => {
    expect(await cells()).toEqual({ 'Monday 09:00': 200, 'Tuesday 23:00': 25, 'Sunday 03:00': 300 });
  });

  it('are sums, of requests or dollars, where that is chosen', async () => {
    expect(await cells({ per: 'sum' })).toEqual({
      'Monday 09:00': 400,
      'Tuesday 23:00': 50,
      'Sunday 03:00': 600,
    });
    expect(await cells({ per: 'sum', measure: 'requests' })).toMatchObject({ 'Tuesday 23:00': 5 });
    // 5 dollars per million
    expect(await cells({ per: 'sum', measure: 'cost' })).toMatchObject({ 'Monday 09:00': 0.002 });
  });

  it('are those of UTC where the dashboard says so', async () => {
    const utc = await golden.rows(patterns(), titled('Hours of the week'), { ...weeks(), timezone: 'utc' });
    expect(utc[0]!['08:00']).toBe(200);
    expect(utc[6]!['01:00']).toBe(300);
  });

  it('leave empty what the range does not have', async () => {
    const choices = { ...weeks(), to: new Date('2026-03-16T10:00:00Z') };
    const [monday, tuesday] = await golden.rows(patterns(), titled('Hours of the week'), choices);
    // from the first usage on
    expect(monday).toMatchObject({ '08:00': null, '09:00': 100, '10:00': 0, '12:00': null });
    expect(tuesday!['09:00']).toBeNull();
  });

  it('have a busiest one, and a share at night and at weekends', async () => {
    expect(await rows('Busiest hour of the week')).toEqual([{ peak: 'Sunday 03:00' }]);
    expect(await rows('Busiest hour of the week', { per: 'sum' })).toEqual([{ peak: 'Sunday 03:00' }]);
    expect(await rows('Busiest hour of the week', { measure: 'requests' })).toEqual([{ peak: 'Tuesday 23:00' }]);
    expect(await rows('Busiest hour of the day')).toEqual([{ peak: '03:00' }]);
    expect(await rows('Busiest weekday', { measure: 'requests' })).toEqual([{ peak: 'Tuesday' }]);
    expect(await rows('At weekends')).toEqual([{ share: 600 / 1050 }]);
    expect(await rows('At night')).toEqual([{ share: 650 / 1050 }]);
  }); // prettier-ignore

  it('are put together by hour and by weekday', async () => {
    const hours = await rows(titled('By hour of the day'), { per: 'sum' });
    expect(hours).toHaveLength(24);
    expect(hours.filter(({ value }) => value !== 0)).toEqual([
      { hour: '03:00', value: 600 },
      { hour: '09:00', value: 400 },
      { hour: '23:00', value: 50 },
    ]);
    const days = await rows(titled('By weekday'));
    // one Sunday has 23 hours; the first Monday begins with the first usage, at nine
    expect(days[0]!['value']).toBeCloseTo((400 / 39) * 24, 9);
    expect(days[6]!['value']).toBeCloseTo((600 / 47) * 24, 9);
  });

  it('are there for every single day, unused days included', async () => {
    const days = await rows(titled('Hours day by day'));
    expect(days).toHaveLength(14);
    expect(days[7]).toMatchObject({ time: '2026-03-23 00:00:00', '09:00': 300, '10:00': 0 });
    expect(days[13]).toMatchObject({ time: '2026-03-29 00:00:00', '03:00': 600 });
  });
});

describe('growth', () => {
  use('patterns-growth', [
    event('2026-01-10 12:00:00', 10),
    event('2026-02-15 12:00:00', 400),
    event('2026-03-04 12:00:00', 800),
    event('2026-03-10 12:00:00', 1000),
    event('2026-03-16 12:00:00', 900),
    // Sunday evening in Berlin: the last hour of its week
    event('2026-03-22 22:30:00', 600),
    event('2026-03-24 12:00:00', 700),
    event('2026-03-26 12:00:00', 9999),
  ]);
  /** Wednesday noon in Berlin; where the range begins does not matter. */
  const wednesday: Choices = {
    from: new Date('2026-03-24T11:00:00Z'),
    to: new Date('2026-03-25T11:00:00Z'),
    timezone: 'Europe/Berlin',
    variables: { measure: 'tokens' },
  };
  const rows = (title: string): Promise<Row[]> => golden.rows(patterns(), titled(title), wednesday);

  /** The clock is put forward in that week, so it has an hour less; 60 hours are over. */
  const projectedWeek = (700 * (7 * 24 - 1)) / 60;
  const projectedMonth = (4000 * (31 * 24 - 1)) / (24.5 * 24);

  it('compares whole weeks, and the running one by where it leads', async () => {
    const weeks = await rows('Growth by week');
    expect(weeks.slice(0, 4)).toEqual([
      { week: '2026-03-23', state: 'running', value: 700, projected: projectedWeek, growth: (projectedWeek - 1500) / 1500 },
      { week: '2026-03-16', state: 'whole', value: 1500, projected: null, growth: 0.5 },
      { week: '2026-03-09', state: 'whole', value: 1000, projected: null, growth: 0.25 },
      // after a week without usage
      { week: '2026-03-02', state: 'whole', value: 800, projected: null, growth: null },
    ]);
    // what came before the first usage of all is not there, and its own week is not compared with
    expect(weeks.at(-1)).toMatchObject({ week: '2026-01-05', state: 'begun late', growth: null });
    expect(weeks.at(-2)).toMatchObject({ week: '2026-01-12', state: 'whole', value: 0, growth: null });
  }); // prettier-ignore

  it('compares months in the same way', async () => {
    expect(await rows('Growth by month')).toEqual([
      { month: '2026-03', state: 'running', value: 4000, projected: projectedMonth, growth: (projectedMonth - 400) / 400 },
      { month: '2026-02', state: 'whole', value: 400, projected: null, growth: null },
      { month: '2026-01', state: 'begun late', value: 10, projected: null, growth: null },
    ]);
  }); // prettier-ignore

  it('shows the last whole period and the projection as changes', async () => {
    const values = async (title: string): Promise<unknown[]> =>
      (await rows(title)).map((row) => row['value']);
    expect(await values('Last whole week')).toEqual([1000, 1500]);
    expect(await values('Running week, projected')).toEqual([1500, projectedWeek]);
    // January lacks its beginning
    expect(await values('Last whole month')).toEqual([400]);
    expect(await values('Running month, projected')).toEqual([400, projectedMonth]);
  });

  it('draws what is still expected on top of the running period alone', async () => {
    const bars = await rows('Weeks');
    expect(bars.at(-1)).toEqual({
      week: '2026-03-23',
      'so far': 700,
      'still expected': projectedWeek - 700,
    });
    for (const bar of bars.slice(0, -1)) expect(bar['still expected']).toBe(0);
  });

  it('has no number that is none, whatever there is', async () => {
    expect(await golden.notNumbers(patterns(), wednesday)).toEqual([]);
    const before = { ...wednesday, from: new Date('2024-01-01T00:00:00Z'), to: new Date('2024-01-02T00:00:00Z') };
    expect(await golden.notNumbers(patterns(), before)).toEqual([]);
    expect(await golden.rows(patterns(), titled('Growth by week'), before)).toEqual([]);
  }); // prettier-ignore
});
