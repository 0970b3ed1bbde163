/** The variables that say who is told of an alert. README and .env.example are written after this table. */
export interface NotificationVariable {
  name: string;
  meaning: string;
  /** What holds where it is not set, as the documentation says it. */
  default: string;
  /** Whether it is a secret, or has one within. */
  secret: boolean;
}

export const NOTIFICATION_VARIABLES = [
  {
    name: 'TALLYD_ALERT_SLACK_URL',
    meaning: 'Incoming webhook of Slack (or of what speaks its language): all alerts',
    default: 'no Slack',
    secret: true,
  },
  {
    name: 'TALLYD_ALERT_EMAIL',
    meaning:
      'Addresses, several with a comma or semicolon between them: critical alerts and warnings; Grafana needs its SMTP settings',
    default: 'no e-mail',
    secret: false,
  },
  {
    name: 'TALLYD_ALERT_PAGERDUTY_KEY',
    meaning: 'Integration key of a PagerDuty service (Events API v2): critical alerts',
    default: 'no PagerDuty',
    secret: true,
  },
  {
    name: 'TALLYD_ALERT_WEBHOOK_URL',
    meaning: 'URL that takes Grafana’s JSON by POST: all alerts',
    default: 'no webhook',
    secret: true,
  },
  {
    name: 'TALLYD_ALERT_WEBHOOK_TOKEN',
    meaning: 'Bearer token for that URL',
    default: 'none is sent',
    secret: true,
  },
  {
    name: 'TALLYD_ALERT_QUIET_HOURS',
    meaning: 'Hours in which only critical alerts are told, such as 22:00-07:00',
    default: 'none',
    secret: false,
  },
  {
    name: 'TALLYD_ALERT_TIMEZONE',
    meaning: 'Time zone of the quiet hours, such as Europe/Berlin',
    default: '`TALLYD_TIMEZONE` where that is set, else UTC',
    secret: false,
  },
] as const satisfies readonly NotificationVariable[];

export type NotificationVariableName = (typeof NOTIFICATION_VARIABLES)[number]['name'];
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable's value without space around it; unset and empty are the same. */
export function valueOf(env: Environment, name: NotificationVariableName): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}
