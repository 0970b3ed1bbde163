/**
 * Every setting: its variable, type, default and meaning. The environment wins over `tallyd.yaml`,
 * where the same names stand. What only a list can say stands there alone: config-lists.ts.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as YAML from 'yaml';
import { checkListening, type JwtSettings, readJwt, readTls } from './config-access.ts';
import type { TlsFiles } from './serving/certificate.ts';
import { absolute, type Address, configFolder, type Env, Reading } from './config-values.ts';

/** A mistake in the configuration, told in sentences. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
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
    name: 'TALLYD_CLICKHOUSE_TIMEOUT_SECONDS',
    default: '300',
    meaning: 'how long that server may be silent before a statement is given up and tried again',
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
    meaning:
      'tokens (`tallyd token create`) that every port then asks for; without it, or an issuer, only loopback may be listened on',
  },
  {
    name: 'TALLYD_JWT_ISSUER',
    default: 'unset: no JWTs',
    meaning: 'whose JWTs every port takes as tokens (`iss`), such as `https://id.example/realms/team`',
  },
  {
    name: 'TALLYD_JWT_AUDIENCE',
    default: 'unset: needed with an issuer',
    meaning: 'the audience that JWTs must be for (`aud`)',
  },
  {
    name: 'TALLYD_JWT_JWKS',
    default: 'unset: needed with an issuer',
    meaning: "the issuer's keys (JWKS): an https URL, or a file",
  },
  {
    name: 'TALLYD_JWT_ROLES_CLAIM',
    default: 'roles',
    meaning:
      'where JWTs have the roles `viewer`, `analyst`, `admin`; a path such as `realm_access.roles` too',
  },
  {
    name: 'TALLYD_TLS_CERT',
    default: 'unset: plain HTTP',
    meaning: 'the certificate of every port, and those between it and its authority (PEM file)',
  },
  { name: 'TALLYD_TLS_KEY', default: 'unset: plain HTTP', meaning: 'its private key (PEM file)' },
  {
    name: 'TALLYD_TLS_CLIENT_CA',
    default: 'unset: clients need none',
    meaning: 'the authority whose certificates clients of every port must have (PEM file)',
  },
  {
    name: 'TALLYD_TLS_CA',
    default: "the system's",
    meaning: 'an authority that `tallyd push`, `report` and `doctor` trust besides (PEM file)',
  },
  {
    name: 'TALLYD_TOKEN',
    default: 'unset: none is sent',
    meaning: 'the token that `tallyd push`, `report` and `doctor` send to a running collector',
  },
  { name: 'TALLYD_UPLOAD_MAX_BYTES', default: '2147483648', meaning: 'largest upload, after decompression' },
  {
    name: 'TALLYD_UPLOADS_AT_ONCE',
    default: '128',
    meaning: 'uploads whose bodies are received at the same time; more are answered with 503',
  },
  {
    name: 'TALLYD_UPLOADS_WAITING',
    default: '1000',
    meaning: 'uploads that were received and are not stored yet; more are answered with 503',
  },
  {
    name: 'TALLYD_CONNECTIONS',
    default: '1000',
    meaning: 'connections to `TALLYD_LISTEN`; more are closed at once',
  },
  {
    name: 'TALLYD_IDLE_SECONDS',
    default: '60',
    meaning:
      'how long a client may be silent in the midst of its headers or body, or take nothing of its answer',
  },
  {
    name: 'TALLYD_REDIS_URL',
    default: 'unset: each collector counts for itself',
    meaning:
      'a Redis in which collectors count their rate limits together: `redis(s)://user:password@host:6379/0`',
  },
  {
    name: 'TALLYD_SPOOL_MAX_BYTES',
    default: '10737418240',
    meaning: 'what uploads that are not stored yet may hold of the disk; more are answered with 503',
  },
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
export const LISTS = ['prices', 'formats', 'retention', 'budgets', 'alerts', 'limits'] as const;

export interface Settings {
  dataDir: string;
  listen: Address;
  metricsListen: Address | undefined;
  storeListen: Address | undefined;
  clickhouseUrl: string | undefined;
  clickhouseTimeoutSeconds: number;
  /** As written; sources/tail parses it. */
  tail: string;
  timezone: string;
  costMode: 'auto' | 'calculate' | 'display';
  tokensFile: string | undefined;
  jwt: JwtSettings | undefined;
  tls: TlsFiles | undefined;
  /** A PEM file of authorities that the commands trust besides the system's. */
  tlsCa: string | undefined;
  /** A secret: never printed. */
  token: string | undefined;
  uploadMaxBytes: number;
  uploadsAtOnce: number;
  uploadsWaiting: number;
  connections: number;
  idleSeconds: number;
  /** May hold a password: never printed. */
  redisUrl: string | undefined;
  spoolMaxBytes: number;
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
    clickhouseTimeoutSeconds: read.whole('TALLYD_CLICKHOUSE_TIMEOUT_SECONDS', 300),
    tail: text('TALLYD_TAIL') ?? 'auto',
    timezone: read.timezone('TALLYD_TIMEZONE'),
    costMode: read.oneOf('TALLYD_COST_MODE', ['auto', 'calculate', 'display'], 'auto'),
    tokensFile: read.path('TALLYD_TOKENS_FILE', home),
    jwt: readJwt(read, home, problems),
    tls: readTls(read, home, problems),
    tlsCa: read.path('TALLYD_TLS_CA', home),
    token: read.token('TALLYD_TOKEN'),
    spoolMaxBytes: read.whole('TALLYD_SPOOL_MAX_BYTES', 10 * 2 ** 30),
    uploadMaxBytes: read.whole('TALLYD_UPLOAD_MAX_BYTES', 2 ** 31),
    uploadsAtOnce: read.whole('TALLYD_UPLOADS_AT_ONCE', 128),
    uploadsWaiting: read.whole('TALLYD_UPLOADS_WAITING', 1000),
    connections: read.whole('TALLYD_CONNECTIONS', 1000),
    idleSeconds: read.whole('TALLYD_IDLE_SECONDS', 60),
    redisUrl: read.url('TALLYD_REDIS_URL', ['redis', 'rediss']),
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

function defaultFile(env: Env, home: string): string | undefined {
  const places = ['tallyd.yaml', join(configFolder(env, home), 'tallyd.yaml')];
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
