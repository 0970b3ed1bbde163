import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, readSettings, SETTINGS } from './config.ts';
import { readConfig } from './config-lists.ts';
import { packageRoot } from './package-root.ts';

const folder = mkdtempSync(join(tmpdir(), 'tallyd-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

function yaml(text: string): string {
  const file = join(folder, `${files++}.yaml`);
  writeFileSync(file, text);
  return file;
}

const env = { HOME: '/home/ada', XDG_CONFIG_HOME: folder };

function problemsOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('was accepted');
}

describe('settings', () => {
  it('have the defaults of the contract', () => {
    expect(readSettings(env)).toMatchObject({
      dataDir: '/home/ada/.local/share/tallyd',
      listen: { host: '127.0.0.1', port: 4318 },
      metricsListen: { host: '127.0.0.1', port: 9464 },
      storeListen: { host: '127.0.0.1', port: 8123 },
      tail: 'auto',
      costMode: 'auto',
      uploadMaxBytes: 2 ** 31,
    });
  });

  it('are taken from the environment before the file', () => {
    const file = yaml('TALLYD_COST_MODE: display\nTALLYD_TIMEZONE: Asia/Kolkata\nTALLYD_SWEEP_SECONDS: 5\n');
    const settings = readSettings({ ...env, TALLYD_COST_MODE: 'calculate' }, file);
    expect(settings).toMatchObject({ costMode: 'calculate', sweepSeconds: 5, file });
    expect(['Asia/Kolkata', 'Asia/Calcutta']).toContain(settings.timezone);
  });

  it('put the data where XDG says, and find the file where XDG says', () => {
    const home = mkdtempSync(join(folder, 'xdg-'));
    mkdirSync(join(home, 'tallyd'));
    writeFileSync(join(home, 'tallyd/tallyd.yaml'), 'TALLYD_COST_MODE: display\n');
    const settings = readSettings({ ...env, XDG_DATA_HOME: '/data', XDG_CONFIG_HOME: home });
    expect(settings).toMatchObject({ dataDir: '/data/tallyd', costMode: 'display' });
  });

  it.each([
    [{ TALLYD_LISTEN: 'nonsense' }, /TALLYD_LISTEN is "nonsense", but must be host:port/],
    [{ TALLYD_LISTEN: '127.0.0.1:99999' }, /must be host:port/],
    [{ TALLYD_COST_MODE: 'free' }, /must be one of: auto, calculate, display/],
    [{ TALLYD_TIMEZONE: 'Mars/Olympus' }, /no time zone/],
    [{ TALLYD_CLICKHOUSE_URL: 'clickhouse:9000' }, /must be a URL/],
    [{ TALLYD_UPLOAD_MAX_BYTES: '-1' }, /whole number above 0/],
    [
      { TALLYD_LISTEN: '0.0.0.0:4318' },
      /without TALLYD_TOKENS_FILE or TALLYD_JWT_ISSUER only loopback may be listened on/,
    ],
    [{ TALLYD_METRICS_LISTEN: ':9464' }, /only loopback/],
  ])('refuse %o with a sentence', (wrong, sentence) => {
    expect(problemsOf(() => readSettings({ ...env, ...wrong }))).toMatch(sentence);
  });

  it('name every problem at once, and unknown keys with those that are known', () => {
    const problems = problemsOf(() =>
      readSettings({ ...env, TALLYD_COST_MODE: 'x' }, yaml('TALLYD_LISTN: 1\n')),
    );
    expect(problems.split('\n')).toHaveLength(2);
    expect(problems).toMatch(/"TALLYD_LISTN", which is no setting; known are: TALLYD_DATA_DIR/);
  });

  it('allow listening beyond loopback with a tokens file, whose path begins at home or here', () => {
    const settings = readSettings({ ...env, TALLYD_LISTEN: ':4318', TALLYD_TOKENS_FILE: '~/tokens.json' });
    expect(settings).toMatchObject({
      ...{ listen: { host: '0.0.0.0', port: 4318 }, tokensFile: '/home/ada/tokens.json' },
    });
    expect(readSettings({ ...env, TALLYD_TOKENS_FILE: 't.json' }).tokensFile).toBe(
      join(process.cwd(), 't.json'),
    );
  });

  it('take a token as files hold it, and never show one that cannot be sent', () => {
    expect(readSettings({ ...env, TALLYD_TOKEN: 'tallyd_abc\n' }).token).toBe('tallyd_abc');
    const problems = problemsOf(() => readSettings({ ...env, TALLYD_TOKEN: 'hidden hidden' }));
    expect(problems).toMatch(/^TALLYD_TOKEN holds spaces/);
    expect(problems).not.toContain('hidden');
  });

  it('can switch ports off', () => {
    const settings = readSettings({ ...env, TALLYD_METRICS_LISTEN: 'off', TALLYD_STORE_LISTEN: 'off' });
    expect(settings).toMatchObject({ metricsListen: undefined, storeListen: undefined });
  });

  it('stand in the README with the same defaults and meanings', () => {
    const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8');
    for (const { name, default: value, meaning } of SETTINGS) {
      expect(readme).toContain(
        `| \`${name}\` | ${value.startsWith('unset') || value.includes("'") ? value : `\`${value}\``} | ${meaning} |`,
      );
    }
  });
});

describe('lists of tallyd.yaml', () => {
  it('are empty by default', () => {
    expect(readConfig(env)).toMatchObject({ prices: [], formats: [], retention: {} });
  });

  it('are read', () => {
    const file = yaml(
      'prices:\n  - { model: my-model, input: 1, output: 2 }\nretention:\n  usage_events: 30\n',
    );
    expect(readConfig(env, file)).toMatchObject({
      prices: [{ model: 'my-model' }],
      retention: { usage_events: 30 },
    });
  });

  it('are refused with the place of each mistake', () => {
    const file = yaml('retention:\n  usage_events: soon\n');
    expect(problemsOf(() => readConfig(env, file))).toMatch(/retention\.usage_events: must be whole days/);
  });

  it('are refused when the file is no map or no YAML', () => {
    expect(problemsOf(() => readConfig(env, yaml('- a\n')))).toMatch(/must be a map/);
    expect(problemsOf(() => readConfig(env, yaml('a: [\n')))).toMatch(/not valid YAML/);
    expect(problemsOf(() => readConfig(env, join(folder, 'absent.yaml')))).toMatch(/cannot be read/);
  });
});
