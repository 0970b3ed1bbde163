/** Reading one setting: where it stands, whether it is of its type, and a sentence when it is not. */
import { readlinkSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Address {
  host: string;
  port: number;
}

/** One look at a setting: where it stands, whether it is of its type, and a sentence when it is not. */
export class Reading {
  constructor(
    private readonly env: Env,
    private readonly yaml: Record<string, unknown>,
    private readonly file: string | undefined,
    private readonly problems: string[],
  ) {}

  text(name: string): string | undefined {
    const fromEnv = this.env[name];
    if (fromEnv !== undefined && fromEnv !== '') return fromEnv;
    const value = this.yaml[name];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      this.problems.push(`${name} in ${this.file} must be a single value, not a list or map.`);
      return undefined;
    }
    return String(value);
  }

  address(name: string, otherwise: string, canBeOff: boolean): Address | undefined {
    const value = this.text(name) ?? otherwise;
    if (canBeOff && value === 'off') return undefined;
    const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]*)):(\d{1,5})$/.exec(value);
    if (!match || Number(match[3]) > 65_535) {
      this.problems.push(
        `${name} is "${value}", but must be host:port, such as ${otherwise}${canBeOff ? ', or off' : ''}.`,
      );
      return { host: '127.0.0.1', port: 0 };
    }
    return { host: match[1] ?? (match[2] || '0.0.0.0'), port: Number(match[3]) };
  }

  url(name: string, schemes: readonly string[] = ['http', 'https']): string | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (URL.canParse(value) && schemes.some((scheme) => new URL(value).protocol === `${scheme}:`))
      return value;
    this.problems.push(
      `${name} must be a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}.`,
    );
    return undefined;
  }

  oneOf<const T extends string>(name: string, values: readonly T[], otherwise: T): T {
    const value = this.text(name) ?? otherwise;
    const found = values.find((one) => one === value);
    if (found === undefined)
      this.problems.push(`${name} is "${value}", but must be one of: ${values.join(', ')}.`);
    return found ?? otherwise;
  }

  whole(name: string, otherwise: number): number {
    const value = Number(this.text(name) ?? otherwise);
    if (Number.isSafeInteger(value) && value > 0) return value;
    this.problems.push(`${name} is "${this.text(name)}", but must be a whole number above 0.`);
    return otherwise;
  }

  path(name: string, home: string): string | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : absolute(value, home);
  }

  /** A token, as it can stand in a header; sentences about it never show it. */
  token(name: string): string | undefined {
    const value = this.text(name)?.trim();
    // visible ASCII: what can stand in an Authorization header
    if (value === undefined || /^[\x21-\x7e]+$/.test(value)) return value;
    this.problems.push(`${name} holds spaces, line breaks or letters beyond ASCII, which no token has.`);
    return undefined;
  }

  timezone(name: string): string {
    const value = this.text(name);
    if (value === undefined) return systemTimezone(this.env);
    try {
      return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone;
    } catch {
      this.problems.push(
        `${name} is "${value}", which is no time zone; it must be an IANA name such as Europe/Berlin.`,
      );
      return 'UTC';
    }
  }
}

/**
 * The system's time zone. Most systems name it by a link, which takes less than loading the tables of
 * Intl, a tenth of a report's time; the answer is the same.
 */
function systemTimezone(env: Env): string {
  if (env['TZ'] === undefined) {
    try {
      const zone = /zoneinfo\/((?:[A-Z][A-Za-z_]+\/)*[A-Z][A-Za-z_+-]+)$/.exec(
        readlinkSync('/etc/localtime'),
      )?.[1];
      if (zone) return zone === 'Etc/UTC' ? 'UTC' : zone;
    } catch {
      // no link: Intl knows how else systems name it
    }
  }
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Where tallyd.yaml is looked for, and where tokens go when no other place is named. */
export function configFolder(env: Env, home: string): string {
  return join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'tallyd');
}

/** The tokens file of `tallyd token` where TALLYD_TOKENS_FILE is not set. */
export function defaultTokensFile(env: Env, home: string): string {
  return join(configFolder(env, home), 'tokens.json');
}

/** A path from the home folder or the working folder. */
export function absolute(path: string, home: string): string {
  if (path === '~') return home;
  if (path.startsWith('~/')) return join(home, path.slice(2));
  return isAbsolute(path) ? path : join(process.cwd(), path);
}
