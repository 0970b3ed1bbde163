/** The channels that the environment names, each checked: Grafana does not start on one that cannot work. */
import { CommandError } from '../commands/command-error.ts';
import { type Environment, type NotificationVariableName, valueOf } from './notification-variables.ts';

export interface Channels {
  slack?: string;
  email?: string[];
  pagerduty?: string;
  webhook?: { url: string; token?: string };
}

/** @throws CommandError in a sentence that never repeats a secret. */
export function readChannels(env: Environment): Channels {
  const slack = url(env, 'TALLYD_ALERT_SLACK_URL', 'https://hooks.slack.com/services/…');
  const email = addresses(env);
  const pagerduty = integrationKey(env);
  const webhook = readWebhook(env);
  return {
    ...(slack !== undefined && { slack }),
    ...(email !== undefined && { email }),
    ...(pagerduty !== undefined && { pagerduty }),
    ...(webhook !== undefined && { webhook }),
  };
}

function readWebhook(env: Environment): Channels['webhook'] {
  const target = url(env, 'TALLYD_ALERT_WEBHOOK_URL', 'https://example.org/alerts');
  const token = valueOf(env, 'TALLYD_ALERT_WEBHOOK_TOKEN');
  if (token === undefined) return target === undefined ? undefined : { url: target };
  if (target === undefined)
    throw new CommandError(
      'TALLYD_ALERT_WEBHOOK_TOKEN is set but TALLYD_ALERT_WEBHOOK_URL is not: set both, or neither.',
    );
  if (/\s|\p{Cc}/u.test(token))
    throw new CommandError('TALLYD_ALERT_WEBHOOK_TOKEN has a space or line break in it, which no token has.');
  return { url: target, token };
}

function url(env: Environment, name: NotificationVariableName, example: string): string | undefined {
  const value = valueOf(env, name);
  if (value === undefined) return undefined;
  const parsed = URL.canParse(value) && !/\s/.test(value) ? new URL(value) : undefined;
  if (parsed && /^https?:$/.test(parsed.protocol) && parsed.hostname !== '') return value;
  throw new CommandError(`${name} is no URL: it must begin with https:// or http://, such as ${example}.`);
}

function addresses(env: Environment): string[] | undefined {
  const value = valueOf(env, 'TALLYD_ALERT_EMAIL');
  if (value === undefined) return undefined;
  const list = value
    .split(/[;,\n]/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
  if (list.length === 0)
    throw new CommandError('TALLYD_ALERT_EMAIL has no address in it: name one, or leave it out.');
  const wrong = list.find((one) => !/^[^\s@<>"]+@[^\s@<>"]+$/.test(one));
  if (wrong === undefined) return [...new Set(list)];
  throw new CommandError(
    `TALLYD_ALERT_EMAIL has "${wrong}" in it, which is no address: write plain ones such as ada@example.org, with a comma or semicolon between them.`,
  );
}

function integrationKey(env: Environment): string | undefined {
  const key = valueOf(env, 'TALLYD_ALERT_PAGERDUTY_KEY');
  if (key === undefined || /^[A-Za-z0-9]{32}$/.test(key)) return key;
  throw new CommandError(
    'TALLYD_ALERT_PAGERDUTY_KEY is no integration key: it has 32 letters and digits, and stands in PagerDuty at the service under Integrations, Events API v2.',
  );
}
