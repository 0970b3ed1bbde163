/** The addresses that Grafana is told: where ClickHouse and Prometheus answer. */
import { CommandError } from '../commands/command-error.ts';

export interface ClickHouseAddress {
  host: string;
  port: number;
  protocol: 'http' | 'native';
  secure: boolean;
  username: string;
  /** Empty: none. */
  password: string;
}

export interface PrometheusAddress {
  /** Without user and password. */
  url: string;
  username: string;
  password: string;
}

/**
 * Takes `http(s)://[user[:password]@]host[:port][/tallyd]` apart.
 * @param option the option's name, for sentences.
 * @param native ClickHouse's own protocol instead of HTTP; the port is then 9000, or 9440 with TLS.
 */
export function parseClickHouse(text: string, native: boolean, option: string): ClickHouseAddress {
  const url = parse(text, option);
  const database = url.pathname.replaceAll(/^\/|\/$/g, '');
  if (database !== '' && database !== 'tallyd')
    throw new CommandError(
      `${option} names the database "${database}", but tallyd keeps everything in "tallyd": end the URL in /tallyd.`,
    );
  const secure = url.protocol === 'https:';
  const usual = native ? (secure ? 9440 : 9000) : secure ? 8443 : 8123;
  return {
    host: url.hostname.replaceAll(/^\[|\]$/g, ''),
    port: portOf(text, url) ?? usual,
    protocol: native ? 'native' : 'http',
    secure,
    username: decoded(url.username, option) || 'default',
    password: decoded(url.password, option),
  };
}

/** Takes `http(s)://[user[:password]@]host[:port][/path]` apart. */
export function parsePrometheus(text: string, option: string): PrometheusAddress {
  const url = parse(text, option);
  const bare = `${url.protocol}//${url.host}${url.pathname.replace(/\/$/, '')}`;
  return { url: bare, username: decoded(url.username, option), password: decoded(url.password, option) };
}

/** An address that everyone who gets an alert is sent to. */
export function parseLink(text: string, option: string): string {
  const url = parse(text, option);
  if (url.username !== '' || url.password !== '')
    throw new CommandError(
      `${option} has a user or password in it, and everyone who gets an alert sees its links.`,
    );
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/$/, '')}`;
}

/** The text itself is never part of a message: there may be a password in it. */
function parse(text: string, option: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '')
    throw new CommandError(
      `${option} must be a URL such as http://user:password@host:8123, with special characters of the password percent-encoded.`,
    );
  if (url.search !== '' || url.hash !== '')
    throw new CommandError(
      `${option} has a "?" or "#" in it, which means nothing here; in a password write %3F and %23.`,
    );
  return url;
}

/** URL drops a port that is the scheme's own; here http://host:80 means port 80. */
function portOf(text: string, url: URL): number | undefined {
  if (url.port !== '') return Number(url.port);
  const written = /:(80|443)(?:\/[^/]*)?$/.exec(text)?.[1];
  return written === undefined ? undefined : Number(written);
}

function decoded(text: string, option: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new CommandError(
      `${option} has a % in its user or password that encodes nothing; a % itself is %25.`,
    );
  }
}
