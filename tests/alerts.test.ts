/**
 * Every rule that asks ClickHouse, over a store in which it must fire and one in which it must not,
 * evaluated by query, reduction and threshold as Grafana does. Events lie before now, since rules look at
 * the server's clock.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { weeksBefore } from '../grafana/alerts/sql.ts';
import { clickhouse } from '../grafana/sdk/datasources.ts';
import { AlertStore, DAY, HOUR, MINUTE, rules, type Used, WEEK } from './support/alerts.ts';
import { fillUsage } from './support/usage.ts';

const sqlRules = rules.filter((rule) => rule.data.some((query) => query.datasourceUid === clickhouse.uid));

let store: AlertStore;
beforeAll(async () => {
  store = await AlertStore.open();
}, 120_000);
afterAll(() => store.close());
beforeEach(() => store.empty());

async function labelsFiring(uid: string): Promise<Record<string, string>[]> {
  return (await store.firing(uid)).map(({ labels }) => labels);
}

/** What a rule's annotations name must be there in an instance that fires. */
async function expectNamed(uid: string): Promise<void> {
  const rule = rules.find((one) => one.uid === uid)!;
  const text = Object.values(rule.annotations).join(' ');
  const named = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1]!);
  const [instance] = await store.firing(uid);
  expect(Object.keys(instance!.labels)).toEqual(expect.arrayContaining(named(/\$labels\.(\w+)/g)));
  expect(Object.keys(instance!.values)).toEqual(expect.arrayContaining(named(/\$values\.(\w+)\.Value/g)));
}

describe('no rule', () => {
  const calm = async (): Promise<Record<string, string>> => {
    const outcomes: Record<string, string> = {};
    for (const { uid } of sqlRules) {
      const { outcome, error, instances } = await store.evaluate(uid);
      const alerting = instances.filter(({ state }) => state === 'Alerting');
      if (outcome === 'Error') outcomes[uid] = error!;
      if (alerting.length > 0) outcomes[uid] = JSON.stringify(alerting);
    }
    return outcomes;
  };

  it('fires or fails over a store that is new, its settings not yet written', async () => {
    expect(await calm()).toEqual({});
  });

  it('fires or fails over an empty store with budgets', async () => {
    await store.configure({ budgets: [{ name: 'all', period: 'monthly', usd: 100 }] });
    expect(await calm()).toEqual({});
  });

  it('makes anything of no data but what answers for ClickHouse, which always has a row', () => {
    for (const { uid, noDataState } of sqlRules) {
      expect([uid, noDataState]).toEqual([uid, uid === 'tallyd-clickhouse-unreachable' ? 'Alerting' : 'OK']);
    }
  });

  it('fires right after a history was imported', async () => {
    await store.configure({ budgets: [{ name: 'today', period: 'daily', usd: 1 }] });
    await fillUsage(store.store, { events: 20_000, days: 120, until: new Date(Date.now() - 8 * DAY) });
    // uploads and rejected records are of when they came, which is now
    await store.store.command('TRUNCATE TABLE tallyd.upload_reports');
    await store.upload('cursor-csv', 0, MINUTE, 2 * MINUTE, 3 * MINUTE);
    expect(await calm()).toEqual({});
  });
});

describe('budgets', () => {
  // six in the evening, so that no day ends while the test runs, and what is left of it is known
  const hour = new Date().getUTCHours();
  const ahead = ((18 - hour + 36) % 24) - 12;
  const timezone = ahead === 0 ? 'UTC' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
  const budget = (name: string, usd: number, more: object = {}) => ({ name, period: 'daily', usd, ...more });
  const names = async (uid: string): Promise<string[]> =>
    (await labelsFiring(uid)).map(({ budget: name }) => name!).sort();

  it('fire by the highest threshold that is reached, and by one rule only', async () => {
    await store.use({ ago: 0, usd: 8 });
    const budgets = [
      budget('below', 16.01),
      budget('half', 16),
      budget('nearly', 10.01),
      budget('mostly', 10),
      budget('just short', 8.01),
      budget('used', 8),
      budget('twice', 4),
    ];
    await store.configure({ timezone, budgets });
    expect(await names('tallyd-budget-half')).toEqual(['half', 'nearly']);
    expect(await names('tallyd-budget-mostly')).toEqual(['just short', 'mostly']);
    expect(await names('tallyd-budget-used-up')).toEqual(['twice', 'used']);
  });

  it('fire at thresholds of their own', async () => {
    await store.use({ ago: 0, usd: 7 });
    const budgets = [
      budget('early', 10, { thresholds: [70, 90] }),
      budget('late', 10, { thresholds: [71, 90] }),
      budget('only beyond', 6, { thresholds: [150] }),
    ];
    await store.configure({ timezone, budgets });
    expect(await names('tallyd-budget-half')).toEqual(['early']);
    expect(await names('tallyd-budget-mostly')).toEqual([]);
    expect(await names('tallyd-budget-used-up')).toEqual([]);
  });

  it('say what they are', async () => {
    await store.use({ ago: 0, usd: 8, model: 'opus' });
    await store.configure({ timezone, budgets: [budget('opus', 8, { scope: { model: 'opus' } })] });
    expect(await labelsFiring('tallyd-budget-used-up')).toEqual([
      { budget: 'opus', scope: expect.stringContaining('opus') as string, per: 'daily', budget_amount: '$8' },
    ]);
    await expectNamed('tallyd-budget-used-up');
  });

  it('that will break are told while they last, from a quarter on and by a tenth', async () => {
    await store.use({ ago: 0, usd: 8 });
    await store.configure({ timezone, budgets: [budget('all', 1000)] });
    const [row] = await store.store.rows<{ forecast: number }>('SELECT forecast FROM tallyd.budget_status');
    const { forecast } = row!;
    expect(forecast).toBeGreaterThan(8 * 1.2);
    expect(forecast).toBeLessThan(8 * 4);
    const budgets = [
      budget('by a fifth', forecast / 1.2),
      budget('hardly', forecast / 1.05),
      budget('broken', 8),
      budget('too early to say', 32.1),
    ];
    await store.configure({ timezone, budgets });
    expect(await names('tallyd-budget-forecast')).toEqual(['by a fifth']);
    await expectNamed('tallyd-budget-forecast');
  });
});

describe('a spike of spending', () => {
  const past = (weeks: number[], usd: number): Used[] =>
    weeks.map((week) => ({ ago: week * WEEK + HOUR, usd }));
  const uid = 'tallyd-spend-spike';
  const fires = async (): Promise<boolean> => (await store.firing(uid)).length > 0;

  it('fires at the factor above the median of the same hours of past weeks, and not below', async () => {
    await store.use(...past([1, 2, 3], 4), ...past([4], 400), { ago: HOUR, usd: 11.99 });
    await store.configure({});
    expect(await fires()).toBe(false);
    await store.use({ ago: HOUR, usd: 0.01 });
    expect(await fires()).toBe(true);
    await expectNamed(uid);
  });

  it('does not fire below the least amount, which may be set', async () => {
    await store.use(...past([1, 2, 3, 4], 0.1), { ago: HOUR, usd: 4.99 });
    await store.configure({});
    expect(await fires()).toBe(false);
    await store.configure({ alerts: { spend_spike_min_usd: 4 } });
    expect(await fires()).toBe(true);
  });

  it('does not fire where there are no two weeks to compare with', async () => {
    await store.use(...past([1], 1), { ago: HOUR, usd: 500 });
    await store.configure({});
    expect(await fires()).toBe(false);
    await store.use(...past([2], 1));
    expect(await fires()).toBe(false);
    await store.use({ ago: 2 * WEEK + 12 * HOUR, usd: 1 });
    expect(await fires()).toBe(true);
  });

  it('looks at the last three hours only', async () => {
    await store.use(...past([1, 2, 3, 4], 1), { ago: 4 * HOUR, usd: 500 });
    await store.configure({});
    expect(await fires()).toBe(false);
  });
});

describe('the same hour of a past week', () => {
  it('is the same by the clock on the wall, summer time or not', async () => {
    await store.configure({ timezone: 'Europe/Berlin' });
    const moment = "toDateTime('2026-03-30 10:00:00', 'UTC')";
    const rows = await store.store.rows(`SELECT toString(${weeksBefore(moment, 1)}) AS before`);
    expect(rows).toEqual([{ before: '2026-03-23 11:00:00' }]);
  });
});

describe('somebody new', () => {
  const uid = 'tallyd-new-spender';
  const old: Used = { ago: 15 * DAY, model: 'old', user: 'ada', usd: 1 };

  it('fires for models and people first seen in the last week, from the amount on', async () => {
    await store.use(
      old,
      { ago: HOUR, model: 'new', user: 'ada', usd: 25 },
      { ago: HOUR, model: 'old', user: 'eve', usd: 25 },
      { ago: HOUR, model: 'old', user: 'mallory', usd: 24.99 },
      { ago: HOUR, model: 'old', user: '', usd: 500 },
      { ago: 8 * DAY, model: 'older', user: 'ada', usd: 500 },
    );
    await store.configure({});
    expect((await labelsFiring(uid)).sort((a, b) => (a['kind']! < b['kind']! ? -1 : 1))).toEqual([
      { kind: 'model', name: 'new' },
      { kind: 'person', name: 'eve' },
    ]);
    await expectNamed(uid);
  });

  it('does not fire in a store that is new itself', async () => {
    await store.use({ ...old, ago: 13 * DAY }, { ago: HOUR, model: 'new', user: 'eve', usd: 500 });
    await store.configure({});
    expect(await labelsFiring(uid)).toEqual([]);
  });
});

describe('a model without a price', () => {
  const uid = 'tallyd-unpriced-model';

  it('fires from the configured tokens on, by the provider and the model', async () => {
    await store.use(
      { ago: HOUR, model: 'mystery', provider: '', usd: null, input: 99 },
      { ago: HOUR, model: 'riddle', usd: null, input: 100 },
      { ago: HOUR, model: 'told', usd: 0, input: 500 },
      { ago: 8 * DAY, model: 'long ago', usd: null, input: 500 },
    );
    await store.configure({ alerts: { unpriced_tokens: 100 } });
    expect(await labelsFiring(uid)).toEqual([{ provider_name: 'anthropic', model_name: 'riddle' }]);
    await expectNamed(uid);
    await store.configure({});
    expect((await labelsFiring(uid)).map((labels) => labels['provider_name']).sort()).toEqual([
      '(none)',
      'anthropic',
    ]);
  });

  it('fires for what the source alone prices where that is not counted', async () => {
    await store.use({ ago: HOUR, model: 'told', usd: 3, input: 500 });
    expect(await labelsFiring(uid)).toEqual([]);
    await store.store.command("INSERT INTO tallyd.settings (name, value) VALUES ('cost_mode', 'calculate')");
    expect(await labelsFiring(uid)).toEqual([{ provider_name: 'anthropic', model_name: 'told' }]);
  });
});

describe('errors', () => {
  const uid = 'tallyd-error-share';
  const of = (model: string, failed: number, all: number, ago = 0): Used[] => [
    { ago, model, status: 'error', requests: failed },
    { ago, model, requests: all - failed },
  ];

  it('fire by model from their share on, where there are enough requests', async () => {
    await store.use(
      ...of('good', 3, 31),
      ...of('bad', 3, 30),
      ...of('rare', 10, 19),
      ...of('before', 30, 30, 3 * HOUR),
    );
    await store.use({ ago: 0, model: 'aborted', status: 'aborted', requests: 40 });
    await store.configure({});
    expect(await labelsFiring(uid)).toEqual([{ provider_name: 'anthropic', model_name: 'bad' }]);
    await expectNamed(uid);
    await store.configure({ alerts: { error_share: 0.2, error_min_requests: 19 } });
    expect(await labelsFiring(uid)).toEqual([{ provider_name: 'anthropic', model_name: 'rare' }]);
  });
});

describe('the cache hit rate', () => {
  const uid = 'tallyd-cache-hit-rate';
  const of = (model: string, before: [number, number], now: [number, number]): Used[] => [
    { ago: 3 * DAY, model, cacheRead: before[0], input: before[1] },
    { ago: HOUR, model, cacheRead: now[0], input: now[1] },
  ];

  it('fires where it fell by the configured part, and there is enough to judge', async () => {
    await store.use(
      ...of('fell', [800_000, 200_000], [55_000, 45_000]),
      ...of('held', [800_000, 200_000], [57_000, 43_000]),
      ...of('little now', [800_000, 200_000], [0, 99_999]),
      ...of('little before', [80_000, 19_999], [0, 500_000]),
      ...of('never', [9_000, 91_000], [0, 500_000]),
    );
    await store.use({ ago: HOUR, model: 'new', input: 500_000 });
    await store.configure({});
    expect(await labelsFiring(uid)).toEqual([{ source_name: 'claude-code', model_name: 'fell' }]);
    await expectNamed(uid);
    await store.configure({ alerts: { cache_hit_drop: 0.25 } });
    expect((await labelsFiring(uid)).map((labels) => labels['model_name']).sort()).toEqual(['fell', 'held']);
  });
});

describe('a source that fell silent', () => {
  const uid = 'tallyd-data-stale';
  const weeks = (list: number[], ago = 10 * MINUTE): Used[] =>
    list.map((week) => ({ ago: week * WEEK + ago }));

  it('fires when it is followed and was in use at this time in three of four weeks', async () => {
    await store.configure({});
    await store.follow('claude-code');
    await store.use(...weeks([1, 2]), { ago: 61 * MINUTE });
    expect(await labelsFiring(uid)).toEqual([]);
    await store.use(...weeks([4]));
    expect(await labelsFiring(uid)).toEqual([{ source_name: 'claude-code' }]);
    await expectNamed(uid);
    await store.configure({ alerts: { stale_minutes: 90 } });
    expect(await labelsFiring(uid)).toEqual([]);
  });

  it('does not go on through a holiday, or fire for what was last used before it', async () => {
    await store.configure({});
    await store.follow('claude-code');
    await store.use(...weeks([2, 3, 4]));
    expect(await labelsFiring(uid)).toEqual([]);
    await store.use(...weeks([1]));
    expect(await labelsFiring(uid)).toHaveLength(1);
  });

  it('does not fire when something arrived, at hours when nobody works, or for what is uploaded', async () => {
    await store.configure({});
    await store.follow('codex');
    await store.use(
      ...weeks([1, 2, 3, 4]),
      { ago: 61 * MINUTE },
      ...weeks([1, 2, 3, 4], 5 * HOUR).map((one) => ({ ...one, source: 'codex' })),
      { ago: 5 * HOUR, source: 'codex' },
    );
    expect(await labelsFiring(uid)).toEqual([]);
    await store.follow('claude-code');
    expect(await labelsFiring(uid)).toEqual([{ source_name: 'claude-code' }]);
    await store.use({ ago: 59 * MINUTE });
    expect(await labelsFiring(uid)).toEqual([]);
  });
});

describe('an upload that is overdue', () => {
  const uid = 'tallyd-upload-overdue';
  const daily = (last: number): number[] => [0, 1, 2, 3, 4, 5, 6, 7, 8].map((day) => (last + day) * DAY);

  it('fires after twice the longest pause, and no more when nobody sends it at all', async () => {
    await store.configure({});
    await store.upload('on time', ...daily(1.9));
    await store.upload('late', ...daily(2.1));
    await store.upload('given up', ...daily(14.5));
    await store.upload('once', 20 * DAY, 20 * DAY + MINUTE, 20 * DAY + 2 * MINUTE, 20 * DAY + 3 * MINUTE);
    await store.upload('in a few days', 4 * DAY, 5 * DAY, 6 * DAY, 7 * DAY);
    expect(await labelsFiring(uid)).toEqual([{ dataset_name: 'late' }]);
    await expectNamed(uid);
  });
});

describe('rejected records', () => {
  const uid = 'tallyd-rejected-records';

  it('fire for an hour, from the configured number on', async () => {
    await store.configure({ alerts: { rejected_records: 3 } });
    await store.reject(2, { upload: 'a' });
    await store.reject(50, { upload: 'b', ago: 61 * MINUTE });
    expect(await labelsFiring(uid)).toEqual([]);
    await store.reject(1, { upload: 'c', ago: 59 * MINUTE });
    expect(await labelsFiring(uid)).toEqual([{ source_name: 'cursor-csv', dataset_name: 'cursor' }]);
    await expectNamed(uid);
  });

  it('of files that nobody has written to for a day are no news', async () => {
    await store.configure({});
    await store.follow('cursor-csv', '/old', 25 * HOUR);
    await store.follow('cursor-csv', '/new', 23 * HOUR);
    await store.reject(5, { path: '/old' });
    expect(await labelsFiring(uid)).toEqual([]);
    await store.reject(1, { path: '/new' });
    expect(await labelsFiring(uid)).toHaveLength(1);
  });
});

describe('the running block', () => {
  const uid = 'tallyd-block-limit';

  it('fires at its share of the limit, of tokens or of dollars', async () => {
    await store.configure({ alerts: { block_limit_tokens: 1000, block_limit_usd: 10 } });
    await store.use({ ago: 4 * HOUR, input: 790, usd: 7.9 });
    expect(await labelsFiring(uid)).toEqual([]);
    await store.use({ ago: 0, input: 10 });
    expect(await labelsFiring(uid)).toEqual([{ source_name: 'claude-code' }]);
    await expectNamed(uid);
    await store.configure({ alerts: { block_limit_tokens: 2000, block_limit_usd: 10 } });
    expect(await labelsFiring(uid)).toEqual([]);
    await store.use({ ago: 0, usd: 0.1 });
    expect(await labelsFiring(uid)).toHaveLength(1);
  });

  it('fires when half is used at a rate that takes the rest before its end', async () => {
    await store.configure({ alerts: { block_limit_tokens: 1000 } });
    await store.use({ ago: 1.5 * HOUR, input: 490 });
    expect(await labelsFiring(uid)).toEqual([]);
    await store.use({ ago: 0, input: 10 });
    expect(await labelsFiring(uid)).toHaveLength(1);
  });

  it('does not judge the rate of the first half hour', async () => {
    await store.configure({ alerts: { block_limit_tokens: 1000 } });
    await store.use({ ago: 20 * MINUTE, input: 700 });
    expect(await labelsFiring(uid)).toEqual([]);
  });

  it('takes the largest earlier block for the limit where none is set and ten are known', async () => {
    await store.configure({});
    const earlier = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((day): Used => ({ ago: day * DAY, input: 1000 }));
    await store.use(...earlier, { ago: 0, input: 800 });
    expect(await labelsFiring(uid)).toEqual([]);
    await store.use({ ago: 10 * DAY, input: 10 });
    expect(await labelsFiring(uid)).toHaveLength(1);
    await store.use({ ago: 11 * DAY, input: 1001 });
    expect(await labelsFiring(uid)).toEqual([]);
  });

  it('is the one that the view shows', async () => {
    await store.configure({});
    await fillUsage(store.store, { events: 6000, days: 30, until: new Date() });
    await store.use({ ago: 0, input: 1000, usd: 1 });
    const [seen] = await store.store.rows<{ share: number; left: number }>(
      `SELECT greatest(sumIf(b.total_tokens, b.is_active) / maxIf(b.total_tokens, NOT b.is_active),
          toFloat64(sumIf(b.cost_usd, b.is_active)) / toFloat64(maxIf(b.cost_usd, NOT b.is_active))) AS share,
        dateDiff('second', now('UTC'), maxIf(b.end_time, b.is_active)) AS left
       FROM tallyd.blocks AS b WHERE b.source = 'claude-code'`,
    );
    const [instance] = (await store.evaluate(uid)).instances;
    expect(instance!.values['SHARE']).toBeCloseTo(seen!.share, 9);
    expect(Math.abs(instance!.values['LEFT']! - seen!.left)).toBeLessThan(30);
  });

  it('is one of Claude Code, and not over', async () => {
    await store.configure({ alerts: { block_limit_tokens: 1000 } });
    await store.use({ ago: 0, source: 'codex', input: 5000 }, { ago: 6 * HOUR, input: 5000 });
    expect(await labelsFiring(uid)).toEqual([]);
  });
});

describe('ClickHouse', () => {
  const uid = 'tallyd-clickhouse-unreachable';

  it('is there, and the rule says so even over a new store', async () => {
    expect(await store.evaluate(uid)).toMatchObject({
      outcome: 'instances',
      instances: [{ labels: {}, state: 'Normal' }],
    });
  });

  it('is told of by one rule when it does not answer; the others keep their state', async () => {
    const gone = await AlertStore.unreachable();
    for (const rule of sqlRules) {
      const { outcome, state } = await gone(rule.uid);
      expect([rule.uid, outcome, state]).toEqual([
        rule.uid,
        'Error',
        rule.uid === uid ? 'Alerting' : 'KeepLast',
      ]);
    }
  });
});
