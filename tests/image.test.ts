/** The collector's image, as far as it can be judged without Docker: its set of files, and what runs in it first. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../collector/package-root.ts';
import { provision } from './support/grafana-provisioning.ts';

const root = mkdtempSync(join(tmpdir(), 'tallyd-image-'));
afterAll(() => rmSync(root, { recursive: true }));
const text = (file: string): string => readFileSync(join(packageRoot, file), 'utf8');

describe('the image', () => {
  const image = join(root, 'app');

  beforeAll(() => {
    const last = text('Dockerfile')
      .split(/^FROM .*$/m)
      .at(-1)!;
    mkdirSync(image);
    for (const [, from, args] of last.matchAll(/^COPY (--from=\w+ )?(.+)$/gm)) {
      if (from?.includes('packages')) continue; // node_modules
      const paths = args!.split(' ').map((path) => path.replace(/^\/app\//, ''));
      const target = paths.pop()!;
      for (const path of paths) {
        const to = join(image, target.endsWith('/') ? join(target, path) : target);
        mkdirSync(dirname(to), { recursive: true });
        cpSync(join(packageRoot, path), to, {
          recursive: true,
          filter: (file) => !/\.test\.ts$|\/(fixtures|testing)$/.test(file),
        });
      }
    }
    symlinkSync(join(packageRoot, 'node_modules'), join(image, 'node_modules'));
  });

  const inImage = (env: Record<string, string>, command: string, ...args: string[]) =>
    spawnSync(command, args, {
      cwd: root,
      encoding: 'utf8',
      env: {
        PATH: `${join(root, 'bin')}:${process.env['PATH']}`,
        HOME: join(root, 'home'),
        TALLYD_PRICES_URL: 'off',
        ...env,
      },
    });

  it('holds all that the program reads: it starts, stores, reports', () => {
    const data = { TALLYD_DATA_DIR: join(root, 'data'), TALLYD_TAIL: 'none' };
    const tallyd = join(image, 'bin/tallyd.cjs');
    const csv = join(packageRoot, 'collector/formats/cursor-csv/fixtures/v2.csv');
    const pushed = inImage(data, process.execPath, tallyd, 'push', csv);
    expect(pushed.stderr).toBe('');
    expect(pushed.stdout).toMatch(/read as cursor-csv/);
    const report = inImage(data, process.execPath, tallyd, 'report', 'daily', '--json');
    expect(
      (JSON.parse(report.stdout) as { totals: { totalTokens: number } }).totals.totalTokens,
    ).toBeGreaterThan(0);
  });

  const provisioning = join(root, 'provisioning');
  const provisioned = (more: Record<string, string> = {}) => {
    mkdirSync(join(root, 'bin'), { recursive: true });
    rmSync(join(root, 'bin/tallyd'), { force: true });
    symlinkSync(join(image, 'bin/tallyd.cjs'), join(root, 'bin/tallyd'));
    return inImage(
      {
        PROVISIONING: provisioning,
        TALLYD_DATA_DIR: join(root, 'tallyd'),
        TALLYD_TOKENS_FILE: join(root, 'tallyd/tokens.json'),
        CLICKHOUSE_PASSWORD: 'writer-1',
        TALLYD_GRAFANA_CLICKHOUSE_PASSWORD: 'reader-1',
        TALLYD_TOKEN: 'token-of-people-'.repeat(3),
        TALLYD_PROMETHEUS_TOKEN: 'token-of-prometheus-'.repeat(3),
        ...more,
      },
      'sh',
      join(image, 'docker/provision.sh'),
    );
  };

  it('provisions Grafana without a password in a file, and makes both tokens, again and again', () => {
    for (const round of [1, 2]) {
      const { status, stdout, stderr } = provisioned();
      expect({ round, status, stderr: status === 0 ? '' : stderr }).toEqual({ round, status: 0, stderr: '' });
      expect(stdout).toMatch(/grafana at clickhouse:8123, http/);
    }
    const files = readdirSync(provisioning, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    for (const file of files) {
      expect(readFileSync(join(file.parentPath, file.name), 'utf8')).not.toContain('reader-1');
      // Grafana is another user
      expect(statSync(join(file.parentPath, file.name)).mode & 0o004).toBe(4);
    }
    const { datasources, providers } = provision(provisioning, {
      TALLYD_GRAFANA_CLICKHOUSE_PASSWORD: 'reader-1',
    });
    expect(datasources).toMatchObject([
      { jsonData: { host: 'clickhouse', username: 'grafana' }, secureJsonData: { password: 'reader-1' } },
      { url: 'http://prometheus:9090' },
    ]);
    expect(providers[0]!.options.path).toBe('/etc/grafana/provisioning/dashboards/tallyd');
    const { tokens } = JSON.parse(readFileSync(join(root, 'tallyd/tokens.json'), 'utf8')) as {
      tokens: { name: string; scopes: string[] }[];
    };
    expect(tokens.map(({ name, scopes }) => [name, scopes])).toEqual([
      ['compose', ['ingest', 'read']],
      ['prometheus', ['read']],
    ]);
  });

  it.each([
    ['CLICKHOUSE_PASSWORD', 'CLICKHOUSE_PASSWORD', 'a&b'],
    ['TALLYD_GRAFANA_CLICKHOUSE_PASSWORD', 'CLICKHOUSE_GRAFANA_PASSWORD', 'p@ss'],
  ])('is not started with a password that XML or a URL would read otherwise: %s', (variable, name, value) => {
    const { status, stderr } = provisioned({ [variable]: value });
    expect(status).toBe(1);
    expect(stderr).toContain(`${name} in .env may hold letters, digits`);
    expect(stderr).not.toContain(value);
  });

  it('does not carry the embedded engine unless asked, which the program loads when it is needed', () => {
    const dockerfile = text('Dockerfile');
    expect(dockerfile).toContain('ARG EMBEDDED_ENGINE=false');
    const bundle = readdirSync(join(image, 'dist/bundle'));
    for (const file of bundle)
      expect(readFileSync(join(image, 'dist/bundle', file), 'utf8'), file).not.toMatch(/require\(["']chdb/);
  });
});
