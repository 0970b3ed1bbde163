/**
 * Who is told of an alert, from the environment: contact points for what has a variable, the policies that
 * lead to them, quiet hours. Without any of the variables there is nothing, and Grafana's own stays.
 * Values are plain; what writes them to a provisioning file escapes them (see provisioning-value.ts).
 */
import type { ContactPoint, Notifications } from './alerting.ts';
import { type Channels, readChannels } from './channels.ts';
import { quietHours } from './quiet-hours.ts';

type Receiver = ContactPoint['receivers'][number];
type Severity = 'critical' | 'warning' | 'info';

export const QUIET_HOURS = 'tallyd quiet hours';

/**
 * Contact points, policies and mute timings for the channels whose variable is set; an empty object when
 * none is. The policies take the place of all that the organisation has.
 * @throws CommandError when a value is none that can work.
 */
export function notifications(env: Readonly<Record<string, string | undefined>>): Notifications {
  const channels = readChannels(env);
  const muteTime = quietHours(env, QUIET_HOURS);
  const contactPoints = (['critical', 'warning', 'info'] as const)
    .map((severity) => ({
      orgId: 1,
      name: contactPointName(severity),
      receivers: receiversOf(severity, channels),
    }))
    .filter(({ receivers }) => receivers.length > 0);
  if (contactPoints.length === 0) return {};
  const isThere = (severity: Severity): boolean =>
    contactPoints.some(({ name }) => name === contactPointName(severity));
  return {
    contactPoints,
    policies: [policies(isThere, muteTime !== undefined)],
    ...(muteTime && { muteTimes: [muteTime] }),
  };
}

function contactPointName(severity: Severity): string {
  return `tallyd ${severity}`;
}

/**
 * Who is told of what. PagerDuty wakes people, so it has what is critical and nothing else. What is only
 * good to know goes where it can be passed over: by e-mail only where there is no chat and no webhook.
 */
function receiversOf(severity: Severity, channels: Channels): Receiver[] {
  const { slack, email, pagerduty, webhook } = channels;
  const uid = (type: string): string => `tallyd-${severity}-${type}`;
  const quietly = severity === 'info' && (slack ?? webhook) !== undefined;
  const common = { disableResolveMessage: severity === 'info' };
  const receivers: Receiver[] = [];
  if (slack !== undefined)
    receivers.push({
      uid: uid('slack'),
      type: 'slack',
      ...common,
      settings: { url: slack, username: 'tallyd', title: TITLE, text: '{{ template "tallyd.slack" . }}' },
    });
  if (email !== undefined && !quietly)
    receivers.push({
      uid: uid('email'),
      type: 'email',
      ...common,
      settings: { addresses: email.join(';'), singleEmail: true, subject: TITLE, message: TEXT },
    });
  if (pagerduty !== undefined && severity === 'critical')
    receivers.push({ uid: uid('pagerduty'), type: 'pagerduty', ...common, settings: pagerDuty(pagerduty) });
  if (webhook !== undefined)
    receivers.push({ uid: uid('webhook'), type: 'webhook', ...common, settings: webhookSettings(webhook) });
  return receivers;
}

const TITLE = '{{ template "tallyd.title" . }}';
const TEXT = '{{ template "tallyd.text" . }}';

function pagerDuty(integrationKey: string): Record<string, unknown> {
  return {
    integrationKey,
    severity: 'critical',
    class: 'usage of language models',
    component: 'tallyd',
    summary: TITLE,
  };
}

function webhookSettings({ url, token }: NonNullable<Channels['webhook']>): Record<string, unknown> {
  return {
    url,
    httpMethod: 'POST',
    // all alerts of a group, however many
    maxAlerts: '0',
    title: TITLE,
    message: TEXT,
    ...(token !== undefined && { authorization_scheme: 'Bearer', authorization_credentials: token }),
  };
}

/** How soon, how often, and whether quiet hours count. Critical alerts know none. */
const ROUTES: Record<Severity, { wait: string; interval: string; repeat: string; quiet: boolean }> = {
  critical: { wait: '10s', interval: '2m', repeat: '4h', quiet: false },
  warning: { wait: '1m', interval: '10m', repeat: '24h', quiet: true },
  // Grafana remembers for five days what it has told
  info: { wait: '5m', interval: '1h', repeat: '4d', quiet: true },
};

/** Other alerts of the organisation go where warnings go, at any hour. */
function policies(isThere: (severity: Severity) => boolean, hasQuietHours: boolean): Record<string, unknown> {
  const severities = (['critical', 'warning', 'info'] as const).filter(isThere);
  return {
    orgId: 1,
    receiver: contactPointName(isThere('warning') ? 'warning' : 'critical'),
    group_by: ['grafana_folder', 'alertname'],
    group_wait: '1m',
    group_interval: '10m',
    repeat_interval: '24h',
    routes: severities.map((severity) => {
      const { wait, interval, repeat, quiet } = ROUTES[severity];
      return {
        receiver: contactPointName(severity),
        object_matchers: [
          ['service', '=', 'tallyd'],
          ['severity', '=', severity],
        ],
        group_by: ['grafana_folder', 'alertname'],
        group_wait: wait,
        group_interval: interval,
        repeat_interval: repeat,
        ...(quiet && hasQuietHours && { mute_time_intervals: [QUIET_HOURS] }),
      };
    }),
  };
}

export { NOTIFICATION_VARIABLES } from './notification-variables.ts';
