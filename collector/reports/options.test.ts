import { describe, expect, it } from 'vitest';
import { checkOptions, ReportOptionError } from './options.ts';

const utc = { timezone: 'UTC' };

describe('the options of a report', () => {
  it('take a day in both spellings', () => {
    const checked = checkOptions('daily', { ...utc, since: '20260131', until: '2026-02-01' });
    expect(checked).toMatchObject({ since: '2026-01-31', until: '2026-02-01', order: 'asc' });
  });

  it.each(['2026-02-30', '2026-1-1', 'yesterday', '', '202601', '1969-12-31'])(
    'refuse %j as a day, in a sentence',
    (since) => {
      expect(() => checkOptions('daily', { ...utc, since })).toThrow(
        `since is not a day: ${JSON.stringify(since)}. Write it as 20260131 or 2026-01-31.`,
      );
    },
  );

  it('refuse days in the wrong order', () => {
    expect(() => checkOptions('daily', { ...utc, since: '20260202', until: '20260201' })).toThrow(
      'since (2026-02-02) is after until (2026-02-01): swap them.',
    );
  });

  it('take time zones in any case, and give them the spelling that ClickHouse knows', () => {
    const checked = checkOptions('daily', { timezone: 'europe/berlin' });
    expect(checked).toMatchObject({ timezone: 'europe/berlin', zone: 'Europe/Berlin' });
  });

  it.each(['Europe/Atlantis', '+02:00', ''])('refuse %j as a time zone', (timezone) => {
    expect(() => checkOptions('daily', { timezone })).toThrow('There is no time zone');
  });

  it('refuse what only blocks have in another report, and a limit of nothing', () => {
    expect(() => checkOptions('daily', { ...utc, active: true })).toThrow(ReportOptionError);
    expect(() => checkOptions('blocks', { ...utc, tokenLimit: 0 })).toThrow('a number above 0');
    expect(checkOptions('blocks', { ...utc, active: true, tokenLimit: 'max' }).active).toBe(true);
  });
});
