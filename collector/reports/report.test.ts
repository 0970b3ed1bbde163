/** A small week of usage, and what every report makes of it. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bookOf, openTestStore, temporaryFolder } from '../../tests/support/store.ts';
import type { Store } from '../store/store.ts';
import { renderReport } from './render.ts';
import { report } from './report.ts';
import { eventOf, insertEvents } from './testing/events.ts';
import type { Report, ReportKind, ReportOptions } from './types.ts';

const folder = temporaryFolder('report');
let store: Store;

const at = (time: string): number => Date.parse(`2026-07-${time}Z`);
const week = [
  eventOf({ ts: at('06T09:10:00'), input: 1200, output: 900, cacheWrite5m: 20_000, cacheRead: 450_000 }),
  eventOf({ ts: at('06T09:40:00'), input: 300, output: 2500, cacheRead: 470_000, reasoning: 400 }),
  eventOf({
    ts: at('06T22:30:00'),
    model: 'claude-opus-4-1-20250805',
    input: 5000,
    output: 12_000,
    session: 's2',
  }),
  eventOf({ ts: at('08T14:00:00'), model: 'glm-99', input: 70_000, output: 3000, session: 's2' }),
  eventOf({ ts: at('08T14:20:00'), model: 'gpt-5.2', reported: '1.25', unclassified: 900, session: '' }),
  eventOf({ ts: at('08T14:30:00'), input: 90_000, output: 8000, project: '/home/ada/web', session: 's3' }),
];
const pennies = Array.from({ length: 3000 }, (_, i) =>
  eventOf({ ts: at('20T00:00:00') + i, source: 'pennies', reported: `0.${String(100_000_001 + i * 7)}` }),
);

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'), {
    prices: bookOf({
      'claude-sonnet-4-5': { input: '3', output: '15', cacheRead: '0.3', cacheWrite5m: '3.75' },
      'claude-opus-4-1-20250805': { input: '15', output: '75' },
    }),
  });
  await insertEvents(store, [...week, ...pennies]);
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

const now = at('08T15:00:00');
const ask = (kind: ReportKind, more: Partial<ReportOptions> = {}): Promise<Report> =>
  report(kind, { timezone: 'Europe/Berlin', source: ['claude-code'], now, ...more }, store);

describe('the JSON', () => {
  it('of a day has the members that scripts made for ccusage read', async () => {
    expect((await ask('daily')).json).toMatchInlineSnapshot(`
      {
        "daily": [
          {
            "cacheCreationTokens": 20000,
            "cacheReadTokens": 920000,
            "date": "2026-07-06",
            "inputTokens": 1500,
            "modelBreakdowns": [
              {
                "cacheCreationTokens": 20000,
                "cacheReadTokens": 920000,
                "cost": 0.4065,
                "inputTokens": 1500,
                "modelName": "claude-sonnet-4-5",
                "outputTokens": 3400,
              },
            ],
            "modelsUsed": [
              "claude-sonnet-4-5",
            ],
            "outputTokens": 3400,
            "reasoningTokens": 400,
            "requests": 2,
            "totalCost": 0.4065,
            "totalTokens": 944900,
          },
          {
            "cacheCreationTokens": 0,
            "cacheReadTokens": 0,
            "date": "2026-07-07",
            "inputTokens": 5000,
            "modelBreakdowns": [
              {
                "cacheCreationTokens": 0,
                "cacheReadTokens": 0,
                "cost": 0.975,
                "inputTokens": 5000,
                "modelName": "claude-opus-4-1-20250805",
                "outputTokens": 12000,
              },
            ],
            "modelsUsed": [
              "claude-opus-4-1-20250805",
            ],
            "outputTokens": 12000,
            "requests": 1,
            "totalCost": 0.975,
            "totalTokens": 17000,
          },
          {
            "cacheCreationTokens": 0,
            "cacheReadTokens": 0,
            "date": "2026-07-08",
            "inputTokens": 160000,
            "modelBreakdowns": [
              {
                "cacheCreationTokens": 0,
                "cacheReadTokens": 0,
                "cost": 1.25,
                "inputTokens": 0,
                "modelName": "gpt-5.2",
                "outputTokens": 0,
                "unclassifiedTokens": 900,
              },
              {
                "cacheCreationTokens": 0,
                "cacheReadTokens": 0,
                "cost": 0.39,
                "inputTokens": 90000,
                "modelName": "claude-sonnet-4-5",
                "outputTokens": 8000,
              },
              {
                "cacheCreationTokens": 0,
                "cacheReadTokens": 0,
                "cost": 0,
                "inputTokens": 70000,
                "modelName": "glm-99",
                "outputTokens": 3000,
                "unpricedTokens": 73000,
              },
            ],
            "modelsUsed": [
              "claude-sonnet-4-5",
              "glm-99",
              "gpt-5.2",
            ],
            "outputTokens": 11000,
            "requests": 3,
            "totalCost": 1.64,
            "totalTokens": 171900,
            "unclassifiedTokens": 900,
            "unpricedTokens": 73000,
          },
        ],
        "totals": {
          "cacheCreationTokens": 20000,
          "cacheReadTokens": 920000,
          "inputTokens": 166500,
          "outputTokens": 26400,
          "reasoningTokens": 400,
          "requests": 6,
          "totalCost": 3.0215,
          "totalTokens": 1133800,
          "unclassifiedTokens": 900,
          "unpricedModels": [
            "glm-99",
          ],
          "unpricedTokens": 73000,
        },
      }
    `);
  });

  it('of a week and a month differs in the name of the key alone', async () => {
    const { json: weekly } = await ask('weekly', { startOfWeek: 'sunday', model: ['glm-99'] });
    expect(weekly).toMatchInlineSnapshot(`
      {
        "totals": {
          "cacheCreationTokens": 0,
          "cacheReadTokens": 0,
          "inputTokens": 70000,
          "outputTokens": 3000,
          "requests": 1,
          "totalCost": 0,
          "totalTokens": 73000,
          "unpricedModels": [
            "glm-99",
          ],
          "unpricedTokens": 73000,
        },
        "weekly": [
          {
            "cacheCreationTokens": 0,
            "cacheReadTokens": 0,
            "inputTokens": 70000,
            "modelBreakdowns": [
              {
                "cacheCreationTokens": 0,
                "cacheReadTokens": 0,
                "cost": 0,
                "inputTokens": 70000,
                "modelName": "glm-99",
                "outputTokens": 3000,
                "unpricedTokens": 73000,
              },
            ],
            "modelsUsed": [
              "glm-99",
            ],
            "outputTokens": 3000,
            "requests": 1,
            "totalCost": 0,
            "totalTokens": 73000,
            "unpricedTokens": 73000,
            "week": "2026-07-05",
          },
        ],
      }
    `);
    const { json: monthly } = await ask('monthly', { until: '20260706' });
    expect(monthly).toMatchInlineSnapshot(`
      {
        "monthly": [
          {
            "cacheCreationTokens": 20000,
            "cacheReadTokens": 920000,
            "inputTokens": 1500,
            "modelBreakdowns": [
              {
                "cacheCreationTokens": 20000,
                "cacheReadTokens": 920000,
                "cost": 0.4065,
                "inputTokens": 1500,
                "modelName": "claude-sonnet-4-5",
                "outputTokens": 3400,
              },
            ],
            "modelsUsed": [
              "claude-sonnet-4-5",
            ],
            "month": "2026-07",
            "outputTokens": 3400,
            "reasoningTokens": 400,
            "requests": 2,
            "totalCost": 0.4065,
            "totalTokens": 944900,
          },
        ],
        "totals": {
          "cacheCreationTokens": 20000,
          "cacheReadTokens": 920000,
          "inputTokens": 1500,
          "outputTokens": 3400,
          "reasoningTokens": 400,
          "requests": 2,
          "totalCost": 0.4065,
          "totalTokens": 944900,
        },
      }
    `);
  });

  it('of sessions has their span, and what names no session apart', async () => {
    expect((await ask('session', { order: 'desc', since: '2026-07-08' })).json).toMatchInlineSnapshot(`
      {
        "sessions": [
          {
            "cacheCreationTokens": 0,
            "cacheReadTokens": 0,
            "firstActivity": "2026-07-08T14:30:00.000Z",
            "inputTokens": 90000,
            "lastActivity": "2026-07-08T14:30:00.000Z",
            "modelBreakdowns": [
              {
                "cacheCreationTokens": 0,
                "cacheReadTokens": 0,
                "cost": 0.39,
                "inputTokens": 90000,
                "modelName": "claude-sonnet-4-5",
                "outputTokens": 8000,
              },
            ],
            "modelsUsed": [
              "claude-sonnet-4-5",
            ],
            "outputTokens": 8000,
            "projectPath": "/home/ada/web",
            "requests": 1,
            "sessionId": "s3",
            "source": "claude-code",
            "totalCost": 0.39,
            "totalTokens": 98000,
          },
          {
            "cacheCreationTokens": 0,
            "cacheReadTokens": 0,
            "firstActivity": "2026-07-06T22:30:00.000Z",
            "inputTokens": 75000,
            "lastActivity": "2026-07-08T14:00:00.000Z",
            "modelBreakdowns": [
              {
                "cacheCreationTokens": 0,
                "cacheReadTokens": 0,
                "cost": 0.975,
                "inputTokens": 5000,
                "modelName": "claude-opus-4-1-20250805",
                "outputTokens": 12000,
              },
              {
                "cacheCreationTokens": 0,
                "cacheReadTokens": 0,
                "cost": 0,
                "inputTokens": 70000,
                "modelName": "glm-99",
                "outputTokens": 3000,
                "unpricedTokens": 73000,
              },
            ],
            "modelsUsed": [
              "claude-opus-4-1-20250805",
              "glm-99",
            ],
            "outputTokens": 15000,
            "projectPath": "/home/ada/api",
            "requests": 2,
            "sessionId": "s2",
            "source": "claude-code",
            "totalCost": 0.975,
            "totalTokens": 90000,
            "unpricedTokens": 73000,
          },
        ],
        "totals": {
          "cacheCreationTokens": 0,
          "cacheReadTokens": 0,
          "inputTokens": 165000,
          "outputTokens": 23000,
          "requests": 3,
          "totalCost": 1.365,
          "totalTokens": 188000,
          "unpricedModels": [
            "glm-99",
          ],
          "unpricedTokens": 73000,
        },
        "withoutSession": {
          "requests": 1,
          "totalCost": 1.25,
          "totalTokens": 900,
        },
      }
    `);
  });

  it('of one session lists its requests, and is null for none', async () => {
    expect((await ask('session', { sessionId: 's2' })).json).toMatchInlineSnapshot(`
      {
        "entries": [
          {
            "cacheCreationTokens": 0,
            "cacheReadTokens": 0,
            "costUSD": 0.975,
            "inputTokens": 5000,
            "model": "claude-opus-4-1-20250805",
            "outputTokens": 12000,
            "timestamp": "2026-07-06T22:30:00.000Z",
          },
          {
            "cacheCreationTokens": 0,
            "cacheReadTokens": 0,
            "costUSD": null,
            "inputTokens": 70000,
            "model": "glm-99",
            "outputTokens": 3000,
            "timestamp": "2026-07-08T14:00:00.000Z",
          },
        ],
        "sessionId": "s2",
        "totalCost": 0.975,
        "totalTokens": 90000,
      }
    `);
    expect((await ask('session', { sessionId: 'nobody' })).json).toBeNull();
  });

  it('of blocks has gaps, a burn rate, a projection and the state of the limit', async () => {
    expect((await ask('blocks', { tokenLimit: 'max' })).json).toMatchInlineSnapshot(`
      {
        "blocks": [
          {
            "actualEndTime": "2026-07-06T09:40:00.000Z",
            "burnRate": null,
            "costUSD": 0.4065,
            "endTime": "2026-07-06T14:00:00.000Z",
            "entries": 2,
            "id": "2026-07-06T09:00:00.000Z",
            "isActive": false,
            "isGap": false,
            "models": [
              "claude-sonnet-4-5",
            ],
            "projection": null,
            "source": "claude-code",
            "startTime": "2026-07-06T09:00:00.000Z",
            "tokenCounts": {
              "cacheCreationInputTokens": 20000,
              "cacheReadInputTokens": 920000,
              "inputTokens": 1500,
              "outputTokens": 3400,
            },
            "totalTokens": 944900,
          },
          {
            "actualEndTime": null,
            "burnRate": null,
            "costUSD": 0,
            "endTime": "2026-07-06T22:30:00.000Z",
            "entries": 0,
            "id": "gap-2026-07-06T14:40:00.000Z",
            "isActive": false,
            "isGap": true,
            "models": [],
            "projection": null,
            "source": "claude-code",
            "startTime": "2026-07-06T14:40:00.000Z",
            "tokenCounts": {
              "cacheCreationInputTokens": 0,
              "cacheReadInputTokens": 0,
              "inputTokens": 0,
              "outputTokens": 0,
            },
            "totalTokens": 0,
          },
          {
            "actualEndTime": "2026-07-06T22:30:00.000Z",
            "burnRate": null,
            "costUSD": 0.975,
            "endTime": "2026-07-07T03:00:00.000Z",
            "entries": 1,
            "id": "2026-07-06T22:00:00.000Z",
            "isActive": false,
            "isGap": false,
            "models": [
              "claude-opus-4-1-20250805",
            ],
            "projection": null,
            "source": "claude-code",
            "startTime": "2026-07-06T22:00:00.000Z",
            "tokenCounts": {
              "cacheCreationInputTokens": 0,
              "cacheReadInputTokens": 0,
              "inputTokens": 5000,
              "outputTokens": 12000,
            },
            "totalTokens": 17000,
          },
          {
            "actualEndTime": null,
            "burnRate": null,
            "costUSD": 0,
            "endTime": "2026-07-08T14:00:00.000Z",
            "entries": 0,
            "id": "gap-2026-07-07T03:30:00.000Z",
            "isActive": false,
            "isGap": true,
            "models": [],
            "projection": null,
            "source": "claude-code",
            "startTime": "2026-07-07T03:30:00.000Z",
            "tokenCounts": {
              "cacheCreationInputTokens": 0,
              "cacheReadInputTokens": 0,
              "inputTokens": 0,
              "outputTokens": 0,
            },
            "totalTokens": 0,
          },
          {
            "actualEndTime": "2026-07-08T14:30:00.000Z",
            "burnRate": {
              "costPerHour": 3.28,
              "tokensPerMinute": 5730,
              "tokensPerMinuteForIndicator": 5700,
            },
            "costUSD": 1.64,
            "endTime": "2026-07-08T19:00:00.000Z",
            "entries": 3,
            "id": "2026-07-08T14:00:00.000Z",
            "isActive": true,
            "isGap": false,
            "models": [
              "claude-sonnet-4-5",
              "glm-99",
              "gpt-5.2",
            ],
            "projection": {
              "remainingMinutes": 240,
              "totalCost": 14.76,
              "totalTokens": 1547100,
            },
            "source": "claude-code",
            "startTime": "2026-07-08T14:00:00.000Z",
            "tokenCounts": {
              "cacheCreationInputTokens": 0,
              "cacheReadInputTokens": 0,
              "inputTokens": 160000,
              "outputTokens": 11000,
            },
            "tokenLimitStatus": {
              "limit": 944900,
              "percentUsed": 163.73161181077361,
              "projectedUsage": 1547100,
              "status": "exceeds",
            },
            "totalTokens": 171900,
            "unpricedTokens": 73000,
          },
        ],
        "unpricedModels": [
          "glm-99",
        ],
      }
    `);
  });
});

describe('a cost', () => {
  it('adds up to the billionth of a dollar', async () => {
    const nanos = pennies.reduce((sum, event) => sum + BigInt(event.reported!.slice(2)), 0n);
    const exact = Number(`${nanos / 1_000_000_000n}.${String(nanos % 1_000_000_000n).padStart(9, '0')}`);
    for (const kind of ['daily', 'weekly', 'monthly', 'session'] as const) {
      const { json } = (await ask(kind, { source: ['pennies'] })) as Extract<Report, { kind: 'daily' }>;
      expect(json.totals.totalCost).toBe(exact);
    }
    const { json } = (await ask('blocks', { source: ['pennies'] })) as Extract<Report, { kind: 'blocks' }>;
    expect(json.blocks.map((block) => block.costUSD)).toEqual([exact]);
  });

  it('follows the mode that is asked for, else the configured one', async () => {
    const total = async (mode?: 'auto' | 'calculate' | 'display') =>
      ((await ask('daily', mode && { mode })) as Extract<Report, { kind: 'daily' }>).json.totals;
    expect(await total('display')).toMatchObject({
      totalCost: 1.25,
      unpricedModels: ['claude-sonnet-4-5', 'glm-99', 'claude-opus-4-1-20250805'],
    });
    expect(await total('calculate')).toMatchObject({
      totalCost: 1.7715,
      unpricedModels: ['glm-99', 'gpt-5.2'],
    });
    expect(await total('auto')).toMatchObject({ totalCost: 3.0215, unpricedModels: ['glm-99'] });
    await store.recover('display');
    expect(await total()).toEqual(await total('display'));
    await store.recover('auto');
    expect(await total()).toEqual(await total('auto'));
  });
});

describe('the table', () => {
  const draw = async (width: number, kind: ReportKind, more?: Partial<ReportOptions>): Promise<string> =>
    `\n${renderReport(await ask(kind, more), { width, color: false })}\n`;

  it('of days shows all kinds of tokens where there is room', async () => {
    expect(await draw(160, 'daily', { breakdown: true })).toMatchInlineSnapshot(`
      "
      ┌────────────────┬─────────────────────────────┬─────────┬────────┬────────┬─────────┬───────────┬───────────┐
      │ Date           │ Models                      │   Input │ Output │  Cache │   Cache │     Total │      Cost │
      │                │                             │         │        │ Create │    Read │    Tokens │     (USD) │
      ├────────────────┼─────────────────────────────┼─────────┼────────┼────────┼─────────┼───────────┼───────────┤
      │ 2026-07-06     │ sonnet-4-5                  │   1,500 │  3,400 │ 20,000 │ 920,000 │   944,900 │     $0.41 │
      │  └─ sonnet-4-5 │                             │   1,500 │  3,400 │ 20,000 │ 920,000 │   944,900 │     $0.41 │
      │ 2026-07-07     │ opus-4-1                    │   5,000 │ 12,000 │      0 │       0 │    17,000 │     $0.98 │
      │  └─ opus-4-1   │                             │   5,000 │ 12,000 │      0 │       0 │    17,000 │     $0.98 │
      │ 2026-07-08     │ sonnet-4-5, glm-99, gpt-5.2 │ 160,000 │ 11,000 │      0 │       0 │   171,900 │    $1.64* │
      │  └─ gpt-5.2    │                             │       0 │      0 │      0 │       0 │       900 │     $1.25 │
      │  └─ sonnet-4-5 │                             │  90,000 │  8,000 │      0 │       0 │    98,000 │     $0.39 │
      │  └─ glm-99     │                             │  70,000 │  3,000 │      0 │       0 │    73,000 │ unpriced* │
      ├────────────────┼─────────────────────────────┼─────────┼────────┼────────┼─────────┼───────────┼───────────┤
      │ Total          │                             │ 166,500 │ 26,400 │ 20,000 │ 920,000 │ 1,133,800 │    $3.02* │
      └────────────────┴─────────────────────────────┴─────────┴────────┴────────┴─────────┴───────────┴───────────┘
      Cost mode auto, time zone Europe/Berlin.
      Costs that no source reported are an API-equivalent estimate, tokens times list price; not a bill.
      * Not in the costs, for want of a price: glm-99 (73,000 tokens in 1 request). Give them one under prices: in tallyd.yaml, see docs/pricing.md.
      Total includes 900 tokens whose kind the source does not tell.
      "
    `);
    expect(await draw(100, 'daily')).toMatchInlineSnapshot(`
      "
      ┌────────────┬─────────────────────┬─────────┬────────┬────────┬─────────┬───────────┬────────┐
      │ Date       │ Models              │   Input │ Output │  Cache │   Cache │     Total │   Cost │
      │            │                     │         │        │ Create │    Read │    Tokens │  (USD) │
      ├────────────┼─────────────────────┼─────────┼────────┼────────┼─────────┼───────────┼────────┤
      │ 2026-07-06 │ sonnet-4-5          │   1,500 │  3,400 │ 20,000 │ 920,000 │   944,900 │  $0.41 │
      │ 2026-07-07 │ opus-4-1            │   5,000 │ 12,000 │      0 │       0 │    17,000 │  $0.98 │
      │ 2026-07-08 │ sonnet-4-5, glm-99, │ 160,000 │ 11,000 │      0 │       0 │   171,900 │ $1.64* │
      │            │ gpt-5.2             │         │        │        │         │           │        │
      ├────────────┼─────────────────────┼─────────┼────────┼────────┼─────────┼───────────┼────────┤
      │ Total      │                     │ 166,500 │ 26,400 │ 20,000 │ 920,000 │ 1,133,800 │ $3.02* │
      └────────────┴─────────────────────┴─────────┴────────┴────────┴─────────┴───────────┴────────┘
      Cost mode auto, time zone Europe/Berlin.
      Costs that no source reported are an API-equivalent estimate, tokens times list price; not a bill.
      * Not in the costs, for want of a price: glm-99 (73,000 tokens in 1 request). Give them one under
      prices: in tallyd.yaml, see docs/pricing.md.
      Total includes 900 tokens whose kind the source does not tell.
      "
    `);
  });

  it('of days shows what matters most in a narrow terminal', async () => {
    expect(await draw(60, 'daily', { breakdown: true })).toMatchInlineSnapshot(`
      "
      ┌────────────────┬─────────────────┬───────────┬───────────┐
      │ Date           │ Models          │     Total │      Cost │
      │                │                 │    Tokens │     (USD) │
      ├────────────────┼─────────────────┼───────────┼───────────┤
      │ 2026-07-06     │ sonnet-4-5      │   944,900 │     $0.41 │
      │  └─ sonnet-4-5 │                 │   944,900 │     $0.41 │
      │ 2026-07-07     │ opus-4-1        │    17,000 │     $0.98 │
      │  └─ opus-4-1   │                 │    17,000 │     $0.98 │
      │ 2026-07-08     │ sonnet-4-5,     │   171,900 │    $1.64* │
      │                │ glm-99, gpt-5.2 │           │           │
      │  └─ gpt-5.2    │                 │       900 │     $1.25 │
      │  └─ sonnet-4-5 │                 │    98,000 │     $0.39 │
      │  └─ glm-99     │                 │    73,000 │ unpriced* │
      ├────────────────┼─────────────────┼───────────┼───────────┤
      │ Total          │                 │ 1,133,800 │    $3.02* │
      └────────────────┴─────────────────┴───────────┴───────────┘
      Cost mode auto, time zone Europe/Berlin.
      Costs that no source reported are an API-equivalent
      estimate, tokens times list price; not a bill.
      * Not in the costs, for want of a price: glm-99 (73,000
      tokens in 1 request). Give them one under prices: in
      tallyd.yaml, see docs/pricing.md.
      Total includes 900 tokens whose kind the source does not
      tell.
      "
    `);
  });

  it('of sessions names project and last activity', async () => {
    expect(await draw(160, 'session')).toMatchInlineSnapshot(`
      "
      ┌─────────┬─────────┬──────────────────┬──────────────────┬─────────┬────────┬────────┬─────────┬───────────┬────────┐
      │ Session │ Project │ Last             │ Models           │   Input │ Output │  Cache │   Cache │     Total │   Cost │
      │         │         │ Activity         │                  │         │        │ Create │    Read │    Tokens │  (USD) │
      ├─────────┼─────────┼──────────────────┼──────────────────┼─────────┼────────┼────────┼─────────┼───────────┼────────┤
      │ s1      │ api     │ 2026-07-06 11:40 │ sonnet-4-5       │   1,500 │  3,400 │ 20,000 │ 920,000 │   944,900 │  $0.41 │
      │ s2      │ api     │ 2026-07-08 16:00 │ opus-4-1, glm-99 │  75,000 │ 15,000 │      0 │       0 │    90,000 │ $0.98* │
      │ s3      │ web     │ 2026-07-08 16:30 │ sonnet-4-5       │  90,000 │  8,000 │      0 │       0 │    98,000 │  $0.39 │
      ├─────────┼─────────┼──────────────────┼──────────────────┼─────────┼────────┼────────┼─────────┼───────────┼────────┤
      │ Total   │         │                  │                  │ 166,500 │ 26,400 │ 20,000 │ 920,000 │ 1,132,900 │ $1.77* │
      └─────────┴─────────┴──────────────────┴──────────────────┴─────────┴────────┴────────┴─────────┴───────────┴────────┘
      Cost mode auto, time zone Europe/Berlin.
      Costs that no source reported are an API-equivalent estimate, tokens times list price; not a bill.
      * Not in the costs, for want of a price: glm-99 (73,000 tokens in 1 request). Give them one under prices: in tallyd.yaml, see docs/pricing.md.
      Not listed: 1 request that name no session (900 tokens, $1.25).
      "
    `);
    expect(await draw(60, 'session')).toMatchInlineSnapshot(`
      "
      ┌─────────┬────────────┬────────────┬───────────┬────────┐
      │ Session │ Last       │ Models     │     Total │   Cost │
      │         │ Activity   │            │    Tokens │  (USD) │
      ├─────────┼────────────┼────────────┼───────────┼────────┤
      │ s1      │ 2026-07-06 │ sonnet-4-5 │   944,900 │  $0.41 │
      │         │ 11:40      │            │           │        │
      │ s2      │ 2026-07-08 │ opus-4-1,  │    90,000 │ $0.98* │
      │         │ 16:00      │ glm-99     │           │        │
      │ s3      │ 2026-07-08 │ sonnet-4-5 │    98,000 │  $0.39 │
      │         │ 16:30      │            │           │        │
      ├─────────┼────────────┼────────────┼───────────┼────────┤
      │ Total   │            │            │ 1,132,900 │ $1.77* │
      └─────────┴────────────┴────────────┴───────────┴────────┘
      Cost mode auto, time zone Europe/Berlin.
      Costs that no source reported are an API-equivalent
      estimate, tokens times list price; not a bill.
      * Not in the costs, for want of a price: glm-99 (73,000
      tokens in 1 request). Give them one under prices: in
      tallyd.yaml, see docs/pricing.md.
      Not listed: 1 request that name no session (900 tokens,
      $1.25).
      "
    `);
  });

  it('of one session has a line per request', async () => {
    expect(await draw(100, 'session', { sessionId: 's2' })).toMatchInlineSnapshot(`
      "
      Session s2
      ┌──────────────────┬──────────┬────────┬────────┬────────┬───────┬────────┬───────────┐
      │ Time             │ Model    │  Input │ Output │  Cache │ Cache │  Total │      Cost │
      │                  │          │        │        │ Create │  Read │ Tokens │     (USD) │
      ├──────────────────┼──────────┼────────┼────────┼────────┼───────┼────────┼───────────┤
      │ 2026-07-07 00:30 │ opus-4-1 │  5,000 │ 12,000 │      0 │     0 │ 17,000 │     $0.98 │
      │ 2026-07-08 16:00 │ glm-99   │ 70,000 │  3,000 │      0 │     0 │ 73,000 │ unpriced* │
      ├──────────────────┼──────────┼────────┼────────┼────────┼───────┼────────┼───────────┤
      │ Total            │          │        │        │        │       │ 90,000 │    $0.98* │
      └──────────────────┴──────────┴────────┴────────┴────────┴───────┴────────┴───────────┘
      Cost mode auto, time zone Europe/Berlin.
      Costs that no source reported are an API-equivalent estimate, tokens times list price; not a bill.
      * Not in the costs, for want of a price: glm-99 (73,000 tokens in 1 request). Give them one under
      prices: in tallyd.yaml, see docs/pricing.md.
      "
    `);
  });

  it('of blocks says how the running one goes', async () => {
    expect(await draw(100, 'blocks', { tokenLimit: 'max' })).toMatchInlineSnapshot(`
      "
      ┌──────────────────────────┬────────────────────┬─────────────────┬──────────┬─────────┬────────┐
      │ Block                    │ State              │ Models          │ Requests │   Total │   Cost │
      │                          │                    │                 │          │  Tokens │  (USD) │
      ├──────────────────────────┼────────────────────┼─────────────────┼──────────┼─────────┼────────┤
      │ 2026-07-06 11:00 – 16:00 │ used for 40m       │ sonnet-4-5      │        2 │ 944,900 │  $0.41 │
      │ 2026-07-06 16:40 – 00:30 │ idle for 7h50m     │                 │          │         │        │
      │ 2026-07-07 00:00 – 05:00 │ used for 30m       │ opus-4-1        │        1 │  17,000 │  $0.98 │
      │ 2026-07-07 05:30 – 16:00 │ idle for 34h30m    │                 │          │         │        │
      │ 2026-07-08 16:00 – 21:00 │ active, 4h00m left │ sonnet-4-5,     │        3 │ 171,900 │ $1.64* │
      │                          │                    │ glm-99, gpt-5.2 │          │         │        │
      └──────────────────────────┴────────────────────┴─────────────────┴──────────┴─────────┴────────┘
      The block of claude-code that began at 16:00 runs until 21:00 (4h00m left).
      Burn rate: 5,730 tokens a minute (high), $3.28 an hour.
      At this rate it ends with 1,547,100 tokens and $14.76.
      That is 164 % of the limit of 944,900 tokens: beyond the limit.
      Cost mode auto, time zone Europe/Berlin.
      Costs that no source reported are an API-equivalent estimate, tokens times list price; not a bill.
      * Not in the costs, for want of a price: glm-99 (73,000 tokens in 1 request). Give them one under
      prices: in tallyd.yaml, see docs/pricing.md.
      "
    `);
    expect(await draw(60, 'blocks')).toMatchInlineSnapshot(`
      "
      ┌────────────────────┬──────────────┬─────────┬────────┐
      │ Block              │ State        │   Total │   Cost │
      │                    │              │  Tokens │  (USD) │
      ├────────────────────┼──────────────┼─────────┼────────┤
      │ 2026-07-06 11:00 – │ used for 40m │ 944,900 │  $0.41 │
      │ 16:00              │              │         │        │
      │ 2026-07-06 16:40 – │ idle for     │         │        │
      │ 00:30              │ 7h50m        │         │        │
      │ 2026-07-07 00:00 – │ used for 30m │  17,000 │  $0.98 │
      │ 05:00              │              │         │        │
      │ 2026-07-07 05:30 – │ idle for     │         │        │
      │ 16:00              │ 34h30m       │         │        │
      │ 2026-07-08 16:00 – │ active,      │ 171,900 │ $1.64* │
      │ 21:00              │ 4h00m left   │         │        │
      └────────────────────┴──────────────┴─────────┴────────┘
      The block of claude-code that began at 16:00 runs until
      21:00 (4h00m left).
      Burn rate: 5,730 tokens a minute (high), $3.28 an hour.
      At this rate it ends with 1,547,100 tokens and $14.76.
      Cost mode auto, time zone Europe/Berlin.
      Costs that no source reported are an API-equivalent
      estimate, tokens times list price; not a bill.
      * Not in the costs, for want of a price: glm-99 (73,000
      tokens in 1 request). Give them one under prices: in
      tallyd.yaml, see docs/pricing.md.
      "
    `);
  });

  it('says what to do when there is nothing in it', async () => {
    expect(await draw(100, 'daily', { since: '2030-01-01' })).toContain('No usage matches.');
    expect(await draw(100, 'session', { sessionId: 'nobody' })).toContain('`tallyd report session`');
    expect(await draw(100, 'blocks', { active: true, now: at('30T00:00:00') })).toContain(
      'No block is active.',
    );
  });

  it.each([60, 80, 100, 120, 160])('of any report fits into %i columns', async (width) => {
    for (const kind of ['daily', 'weekly', 'monthly', 'session', 'blocks'] as const) {
      const lines = (await draw(width, kind, { breakdown: true })).split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    }
  });

  it('is coloured only when asked', async () => {
    const days = await ask('daily');
    // eslint-disable-next-line no-control-regex
    const escapes = /\u001b\[\d+m/g;
    const coloured = renderReport(days, { width: 100, color: true });
    const plain = renderReport(days, { width: 100, color: false });
    expect(plain).not.toMatch(escapes);
    expect(coloured).toMatch(escapes);
    expect(coloured.replaceAll(escapes, '')).toBe(plain);
  });
});
