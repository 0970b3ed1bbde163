import { describe, expect, it } from 'vitest';
import type { ContactPoint, Notifications } from './alerting.ts';
import { NOTIFICATION_VARIABLES, notifications, QUIET_HOURS } from './notifications.ts';

const SLACK = 'https://hooks.slack.com/services/T0/B0/x$y';
const KEY = '0123456789abcdef0123456789ABCDEF';
const HOOK = 'https://example.org/alerts?a=b';

type Receiver = ContactPoint['receivers'][number];

interface Route {
  receiver: string;
  object_matchers: string[][];
  repeat_interval: string;
  mute_time_intervals?: string[];
}

/** Types of receivers by contact point. */
function told(env: Record<string, string>): Record<string, string[]> {
  const { contactPoints = [] } = notifications(env);
  return Object.fromEntries(
    contactPoints.map(({ name, receivers }) => [name, receivers.map(({ type }) => type)]),
  );
}

function receiver(made: Notifications, contactPoint: string, type: string): Receiver {
  const { receivers } = made.contactPoints!.find(({ name }) => name === contactPoint)!;
  return receivers.find((one) => one.type === type)!;
}

function routes({ policies }: Notifications): Route[] {
  return policies![0]!['routes'] as Route[];
}

describe('contact points', () => {
  it('are none, and no policies either, where no variable is set', () => {
    expect(notifications({})).toEqual({});
    expect(notifications({ TALLYD_ALERT_SLACK_URL: '', TALLYD_ALERT_EMAIL: ' ' })).toEqual({});
    expect(notifications({ TALLYD_ALERT_QUIET_HOURS: '22:00-07:00' })).toEqual({});
  });

  it('are those whose variable is set, by how grave an alert is', () => {
    expect(
      told({
        TALLYD_ALERT_SLACK_URL: SLACK,
        TALLYD_ALERT_EMAIL: 'ada@example.org',
        TALLYD_ALERT_PAGERDUTY_KEY: KEY,
        TALLYD_ALERT_WEBHOOK_URL: HOOK,
      }),
    ).toEqual({
      'tallyd critical': ['slack', 'email', 'pagerduty', 'webhook'],
      'tallyd warning': ['slack', 'email', 'webhook'],
      'tallyd info': ['slack', 'webhook'],
    });
    expect(told({ TALLYD_ALERT_EMAIL: 'ada@example.org' })).toEqual({
      'tallyd critical': ['email'],
      'tallyd warning': ['email'],
      'tallyd info': ['email'],
    });
    expect(told({ TALLYD_ALERT_PAGERDUTY_KEY: KEY })).toEqual({ 'tallyd critical': ['pagerduty'] });
  });

  it('have what was set in them as it is, and uids of their own that Grafana takes', () => {
    const made = notifications({
      TALLYD_ALERT_SLACK_URL: ` ${SLACK}\n`,
      TALLYD_ALERT_EMAIL: 'ada@example.org, grace@example.org;ada@example.org',
      TALLYD_ALERT_PAGERDUTY_KEY: KEY,
      TALLYD_ALERT_WEBHOOK_URL: HOOK,
      TALLYD_ALERT_WEBHOOK_TOKEN: 'Pa$$w0rd',
    });
    expect(receiver(made, 'tallyd warning', 'slack').settings['url']).toBe(SLACK);
    expect(receiver(made, 'tallyd warning', 'email').settings['addresses']).toBe(
      'ada@example.org;grace@example.org',
    );
    expect(receiver(made, 'tallyd critical', 'pagerduty').settings['integrationKey']).toBe(KEY);
    expect(receiver(made, 'tallyd info', 'webhook').settings).toMatchObject({
      url: HOOK,
      authorization_scheme: 'Bearer',
      authorization_credentials: 'Pa$$w0rd',
    });
    const uids = made.contactPoints!.flatMap(({ receivers }) => receivers.map(({ uid }) => uid));
    expect(new Set(uids).size).toBe(uids.length);
    for (const uid of uids) expect(uid).toMatch(/^[a-z-]{1,40}$/);
  });

  it('send no token where none is set', () => {
    const made = notifications({ TALLYD_ALERT_WEBHOOK_URL: HOOK });
    expect(receiver(made, 'tallyd critical', 'webhook').settings).not.toHaveProperty(
      'authorization_credentials',
    );
  });

  it('do not tell that what was only good to know is over', () => {
    const made = notifications({ TALLYD_ALERT_SLACK_URL: SLACK });
    expect(receiver(made, 'tallyd info', 'slack')['disableResolveMessage']).toBe(true);
    expect(receiver(made, 'tallyd critical', 'slack')['disableResolveMessage']).toBe(false);
  });
});

describe('policies', () => {
  it('lead each severity of tallyd’s alerts to its contact point', () => {
    const made = notifications({ TALLYD_ALERT_SLACK_URL: SLACK });
    expect(made.policies).toHaveLength(1);
    expect(made.policies![0]).toMatchObject({
      receiver: 'tallyd warning',
      group_by: ['grafana_folder', 'alertname'],
    });
    expect(routes(made).map(({ receiver: to, object_matchers: when }) => [to, when])).toEqual([
      [
        'tallyd critical',
        [
          ['service', '=', 'tallyd'],
          ['severity', '=', 'critical'],
        ],
      ],
      [
        'tallyd warning',
        [
          ['service', '=', 'tallyd'],
          ['severity', '=', 'warning'],
        ],
      ],
      [
        'tallyd info',
        [
          ['service', '=', 'tallyd'],
          ['severity', '=', 'info'],
        ],
      ],
    ]);
  });

  it('name only contact points that are there', () => {
    const made = notifications({ TALLYD_ALERT_PAGERDUTY_KEY: KEY });
    expect(made.policies![0]).toMatchObject({ receiver: 'tallyd critical' });
    expect(routes(made).map(({ receiver: to }) => to)).toEqual(['tallyd critical']);
  });
});

describe('quiet hours', () => {
  const with_ = (hours: string, more: Record<string, string> = {}): Notifications =>
    notifications({ TALLYD_ALERT_SLACK_URL: SLACK, TALLYD_ALERT_QUIET_HOURS: hours, ...more });
  const times = (made: Notifications): unknown => made.muteTimes![0]!['time_intervals'];

  it('are two ranges over midnight, in their time zone, and never silence what is critical', () => {
    const made = with_('22:00-7:30', { TALLYD_ALERT_TIMEZONE: 'Europe/Berlin' });
    expect(made.muteTimes).toEqual([
      {
        orgId: 1,
        name: QUIET_HOURS,
        time_intervals: [
          {
            times: [
              { start_time: '22:00', end_time: '24:00' },
              { start_time: '00:00', end_time: '07:30' },
            ],
            location: 'Europe/Berlin',
          },
        ],
      },
    ]);
    expect(routes(made).map(({ receiver: to, mute_time_intervals: muted }) => [to, muted])).toEqual([
      ['tallyd critical', undefined],
      ['tallyd warning', [QUIET_HOURS]],
      ['tallyd info', [QUIET_HOURS]],
    ]);
  });

  it('are one range within a day, up to midnight, or from it on', () => {
    const one = (start_time: string, end_time: string, location = 'UTC') => [
      { times: [{ start_time, end_time }], location },
    ];
    expect(times(with_('12:00 - 13:00'))).toEqual(one('12:00', '13:00'));
    expect(times(with_('22:00-24:00'))).toEqual(one('22:00', '24:00'));
    expect(times(with_('22:00-00:00'))).toEqual(one('22:00', '24:00'));
    expect(times(with_('00:00-24:00'))).toEqual(one('00:00', '24:00'));
    expect(times(with_('00:00-06:00', { TALLYD_TIMEZONE: 'Asia/Kolkata' }))).toEqual(
      one('00:00', '06:00', 'Asia/Kolkata'),
    );
  });

  it('leave no trace where there are none', () => {
    const made = notifications({ TALLYD_ALERT_SLACK_URL: SLACK });
    expect(made).not.toHaveProperty('muteTimes');
    expect(JSON.stringify(made)).not.toContain('mute_time_intervals');
  });

  it.each([
    '22-7',
    '22:00',
    '25:00-07:00',
    '22:60-07:00',
    '24:00-07:00',
    '10:00-10:00',
    '00:00-00:00',
    'always',
  ])('that are none are refused: %s', (hours) => {
    expect(() => with_(hours)).toThrow(`TALLYD_ALERT_QUIET_HOURS is "${hours}": `);
  });

  it('in a zone that is none are refused, by the name of the variable that has it', () => {
    expect(() => with_('22:00-07:00', { TALLYD_ALERT_TIMEZONE: 'Berlin' })).toThrow(
      'TALLYD_ALERT_TIMEZONE is "Berlin", which is no time zone',
    );
    expect(() => with_('22:00-07:00', { TALLYD_ALERT_TIMEZONE: '+02:00' })).toThrow('no time zone');
    expect(() => with_('22:00-07:00', { TALLYD_TIMEZONE: 'Nowhere' })).toThrow(
      'TALLYD_TIMEZONE is "Nowhere"',
    );
  });
});

describe('a value that cannot work', () => {
  it.each([
    [{ TALLYD_ALERT_SLACK_URL: 'hooks.slack.com/secret' }, 'TALLYD_ALERT_SLACK_URL is no URL'],
    [{ TALLYD_ALERT_SLACK_URL: 'ftp://secret' }, 'TALLYD_ALERT_SLACK_URL is no URL'],
    [{ TALLYD_ALERT_SLACK_URL: 'https://a b/secret' }, 'TALLYD_ALERT_SLACK_URL is no URL'],
    [{ TALLYD_ALERT_WEBHOOK_URL: 'https://' }, 'TALLYD_ALERT_WEBHOOK_URL is no URL'],
    [{ TALLYD_ALERT_PAGERDUTY_KEY: 'secret' }, 'TALLYD_ALERT_PAGERDUTY_KEY is no integration key'],
    [{ TALLYD_ALERT_WEBHOOK_TOKEN: 'secret' }, 'but TALLYD_ALERT_WEBHOOK_URL is not'],
    [{ TALLYD_ALERT_WEBHOOK_URL: HOOK, TALLYD_ALERT_WEBHOOK_TOKEN: 'se cret' }, 'has a space'],
    [{ TALLYD_ALERT_EMAIL: 'ada@example.org, grace' }, 'TALLYD_ALERT_EMAIL has "grace" in it'],
    [{ TALLYD_ALERT_EMAIL: 'Ada <ada@example.org>' }, 'which is no address'],
    [{ TALLYD_ALERT_EMAIL: ';,' }, 'has no address in it'],
  ] as [Record<string, string>, string][])('is refused in a sentence: %o', (env, sentence) => {
    expect(() => notifications(env)).toThrow(sentence);
    expect(() => notifications(env)).not.toThrow('secret');
    expect(() => notifications(env)).not.toThrow('se cret');
  });
});

describe('the table of variables', () => {
  it('names those that are read, and no others', () => {
    const asked = new Set<string>();
    const env = new Proxy<Record<string, string | undefined>>(
      { TALLYD_ALERT_SLACK_URL: SLACK, TALLYD_ALERT_QUIET_HOURS: '22:00-07:00' },
      {
        get: (target, name: string) => {
          asked.add(name);
          return target[name];
        },
      },
    );
    notifications(env);
    asked.delete('TALLYD_TIMEZONE');
    expect([...asked].sort()).toEqual(NOTIFICATION_VARIABLES.map(({ name }) => name).sort());
  });
});
