/**
 * Every setting: its variable, type, default and meaning. The environment wins over `tallyd.yaml`,
 * where the same names stand. What only a list can say stands there alone: config-lists.ts.
 */
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import type * as YAML from 'yaml';

/** A mistake in the configuration, told in sentences. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}

export interface Address {
  host: string;
  port: number;
}

interface Setting {
  name: string;
  /** As the documentation shows it. */
  default: string;
  meaning: string;
}

/** The table of the README is checked against this. */
export const SETTINGS: readonly Setting[] = [
  {
    name: 'TALLYD_DATA_DIR',
    default: '${XDG_DATA_HOME:-~/.local/share}/tallyd',
    meaning: 'where the store, positions and the spool are',
  },
  { name: 'TALLYD_LISTEN', default: '127.0.0.1:4318', meaning: 'uploads and API' },
  { name: 'TALLYD_METRICS_LISTEN', default: '127.0.0.1:9464', meaning: 'Prometheus metrics; `off` for none' },
  {
    name: 'TALLYD_STORE_LISTEN',
    default: '127.0.0.1:8123',
    meaning: 'ClickHouse HTTP interface of the embedded engine, reading only; `off` for none',
  },
  {
    name: 'TALLYD_CLICKHOUSE_URL',
    default: 'unset: the embedded engine',
    meaning: 'a ClickHouse server: `http(s)://user:password@host:8123/tallyd`',
  },
  {
    name: 'TALLYD_TAIL',
    default: 'auto',
    meaning:
      "`auto` (find the agents' folders), `none`, or a list `format=path-or-glob,…`; format `auto` looks",
  },
  { name: 'TALLYD_TIMEZONE', default: "the system's", meaning: 'time zone of reports, an IANA name' },
  {
    name: 'TALLYD_COST_MODE',
    default: 'auto',
    meaning: '`auto` (reported cost, else calculated), `calculate`, `display` (reported, else 0)',
  },
  {
    name: 'TALLYD_TOKENS_FILE',
    default: 'unset: no token needed',
    meaning: 'without it only loopback may be listened on',
  },
  { name: 'TALLYD_UPLOAD_MAX_BYTES', default: '2147483648', meaning: 'largest upload, after decompression' },
  {
    name: 'TALLYD_PRICES_URL',
    default: "genai-prices' published list",
    meaning: 'where prices are refreshed from once a day; `off` for never',
  },
  {
    name: 'TALLYD_CLAUDE_CODE_METRICS',
    default: 'false',
    meaning: 'also export the `claude_code_*` metrics that existing dashboards expect',
  },
  {
    name: 'TALLYD_SWEEP_SECONDS',
    default: '30',
    meaning: 'how often followed folders are looked through for what the watcher missed',
  },
  { name: 'TALLYD_LOG_LEVEL', default: 'info', meaning: '`debug`, `info`, `warn`, `error` or `silent`' },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    default: 'unset: no OTLP',
    meaning: 'where metrics are pushed to, OTLP over HTTP',
  },
];

/** Keys of `tallyd.yaml` that hold lists; config-lists.ts checks them. */
export const LISTS = ['prices', 'formats', 'retention'] as const;

export interface Settings {
  dataDir: string;
  listen: Address;
  metricsListen: Address | undefined;
  storeListen: Address | undefined;
  clickhouseUrl: string | undefined;
  /** As written; sources/tail parses it. */
  tail: string;
  timezone: string;
  costMode: 'auto' | 'calculate' | 'display';
  tokensFile: string | undefined;
  uploadMaxBytes: number;
  pricesUrl: string | undefined;
  claudeCodeMetrics: boolean;
  sweepSeconds: number;
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  otlpEndpoint: string | undefined;
  /** Threads of libuv's pool, which queries share with files. */
  poolThreads: number;
  /** The YAML file that was read, if any. */
  file: string | undefined;
  /** What the file says, for config-lists.ts. */
  yaml: Readonly<Record<string, unknown>>;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings. Throws {@link ConfigError} naming every problem.
 * @param env the environment.
 * @param file a YAML file that must exist; without it `tallyd.yaml` in the working folder or in
 *   `${XDG_CONFIG_HOME:-~/.config}/tallyd/` is read when there is one.
 */
export function readSettings(env: Env, file?: string): Settings {
  const home = env['HOME'] ?? homedir();
  const found = file ?? defaultFile(env, home);
  const yaml = found ? readYaml(found) : {};
  const problems: string[] = [];
  refuseUnknown(yaml, found ?? '', problems);
  const read = new Reading(env, yaml, found, problems);
  const text = (name: string): string | undefined => read.text(name);
  const settings: Settings = {
    dataDir: absolute(
      text('TALLYD_DATA_DIR') ?? join(env['XDG_DATA_HOME'] ?? join(home, '.local/share'), 'tallyd'),
      home,
    ),
    listen: read.address('TALLYD_LISTEN', '127.0.0.1:4318', false)!,
    metricsListen: read.address('TALLYD_METRICS_LISTEN', '127.0.0.1:9464', true),
    storeListen: read.address('TALLYD_STORE_LISTEN', '127.0.0.1:8123', true),
    clickhouseUrl: read.url('TALLYD_CLICKHOUSE_URL'),
    tail: text('TALLYD_TAIL') ?? 'auto',
    timezone: read.timezone('TALLYD_TIMEZONE'),
    costMode: read.oneOf('TALLYD_COST_MODE', ['auto', 'calculate', 'display'], 'auto'),
    tokensFile: text('TALLYD_TOKENS_FILE'),
    uploadMaxBytes: read.whole('TALLYD_UPLOAD_MAX_BYTES', 2 ** 31),
    pricesUrl: text('TALLYD_PRICES_URL'),
    claudeCodeMetrics: read.oneOf('TALLYD_CLAUDE_CODE_METRICS', ['false', 'true'], 'false') === 'true',
    sweepSeconds: read.whole('TALLYD_SWEEP_SECONDS', 30),
    logLevel: read.oneOf('TALLYD_LOG_LEVEL', ['debug', 'info', 'warn', 'error', 'silent'], 'info'),
    otlpEndpoint: read.url('OTEL_EXPORTER_OTLP_ENDPOINT'),
    poolThreads: Number(env['UV_THREADPOOL_SIZE'] ?? 4),
    file: found,
    yaml,
  };
  if (/[*?{}]|::/.test(settings.dataDir)) {
    problems.push(
      `TALLYD_DATA_DIR is ${settings.dataDir}, but ClickHouse reads *, ?, {, } and :: in a path as patterns: choose a folder without them.`,
    );
  }
  checkListening(settings, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(settings);
}

/** One look at a setting: where it stands, whether it is of its type, and a sentence when it is not. */
class Reading {
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

  url(name: string): string | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value;
    this.problems.push(`${name} must be a URL that begins with http:// or https://.`);
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

function defaultFile(env: Env, home: string): string | undefined {
  const places = ['tallyd.yaml', join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'tallyd/tallyd.yaml')];
  return places.find((place) => existsSync(place));
}

function readYaml(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([`${file} cannot be read: ${(error as Error).message}.`]);
  }
  try {
    // loaded where there is a file: the parser takes longer to load than a report to answer
    const { parse } = createRequire(import.meta.url)('yaml') as typeof YAML;
    const value: unknown = parse(text) ?? {};
    if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw new ConfigError([`${file} is not valid YAML: ${(error as Error).message}`]);
  }
  throw new ConfigError([`${file} must be a map of settings, such as "TALLYD_TIMEZONE: Europe/Berlin".`]);
}

function refuseUnknown(yaml: Record<string, unknown>, file: string, problems: string[]): void {
  const known = new Set<string>([...SETTINGS.map((setting) => setting.name), ...LISTS]);
  for (const key of Object.keys(yaml)) {
    if (!known.has(key))
      problems.push(`${file} has "${key}", which is no setting; known are: ${[...known].join(', ')}.`);
  }
}

/** Without tokens, anyone who reaches a port may read and write. */
function checkListening(config: Settings, problems: string[]): void {
  if (config.tokensFile !== undefined) {
    problems.push(
      'TALLYD_TOKENS_FILE is set, but this version does not know tokens yet: listen on loopback only, and unset it.',
    );
    return;
  }
  const addresses = {
    TALLYD_LISTEN: config.listen,
    TALLYD_METRICS_LISTEN: config.metricsListen,
    TALLYD_STORE_LISTEN: config.storeListen,
  };
  for (const [name, address] of Object.entries(addresses)) {
    if (address && !isLoopback(address.host)) {
      problems.push(
        `${name} is ${address.host}:${address.port}, but without TALLYD_TOKENS_FILE only loopback may be listened on, such as 127.0.0.1:${address.port}.`,
      );
    }
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function absolute(path: string, home: string): string {
  if (path === '~') return home;
  if (path.startsWith('~/')) return join(home, path.slice(2));
  return isAbsolute(path) ? path : join(process.cwd(), path);
}
