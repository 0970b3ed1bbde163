/**
 * docker-compose.yml and what belongs to it, as far as it can be judged without a Docker daemon: compose's own
 * reading of it, promtool's of Prometheus's configuration, and the scripts. The workflow compose.yml starts it all.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { NOTIFICATION_VARIABLES } from '../collector/grafana-export/notification-variables.ts';
import { packageRoot } from '../collector/package-root.ts';
import { environment, Program, run, until } from './support/program.ts';

const root = mkdtempSync(join(tmpdir(), 'tallyd-compose-'));
afterAll(() => rmSync(root, { recursive: true }));
const text = (file: string): string => readFileSync(join(packageRoot, file), 'utf8');

interface Service {
  image: string;
  profiles?: string[];
  environment?: Record<string, string>;
  volumes?: { type: string; source: string; target: string; read_only?: boolean }[];
  ports?: { host_ip: string; target: number; published: string }[];
  healthcheck?: object;
  depends_on?: Record<string, { condition: string }>;
  restart?: string;
  mem_limit?: string;
  user?: string;
}

/** Compose 2 or later: the first does not know half of the file. */
const compose = [['docker', 'compose'], ['docker-compose']].find(([command, ...args]) => {
  const { status, stdout } = spawnSync(command!, [...args, 'version', '--short'], { encoding: 'utf8' });
  return status === 0 && !/^v?1\./.test(stdout);
});

/** What compose makes of the file with these variables and no others. */
function configured(env: Record<string, string>, ...profiles: string[]) {
  const [command, ...first] = compose!;
  const args = [...first, '--project-directory', packageRoot, '--env-file', '/dev/null'];
  for (const profile of profiles) args.push('--profile', profile);
  const { status, stdout, stderr } = spawnSync(command!, [...args, 'config', '--format', 'json'], {
    cwd: packageRoot,
    env: { PATH: process.env['PATH'] ?? '', HOME: root, ...env },
    encoding: 'utf8',
  });
  const services = status === 0 ? (JSON.parse(stdout) as { services: Record<string, Service> }).services : {};
  return { status, stderr, services };
}

const SECRETS = {
  CLICKHOUSE_PASSWORD: 'a',
  CLICKHOUSE_GRAFANA_PASSWORD: 'b',
  TALLYD_TOKEN: 'c'.repeat(32),
  TALLYD_PROMETHEUS_TOKEN: 'd'.repeat(32),
  GRAFANA_ADMIN_PASSWORD: 'e',
};

describe.skipIf(!compose)(
  compose ? 'docker-compose.yml' : 'docker-compose.yml (skipped: docker compose 2 or later is not installed)',
  () => {
    it('is read by compose, with every profile, and starts in the order in which things need each other', () => {
      const { stderr, services } = configured(SECRETS, 'load', 'mail');
      expect(stderr).toBe('');
      expect(Object.keys(services).sort()).toEqual([
        'clickhouse',
        'collector',
        'grafana',
        'k6',
        'mailpit',
        'prometheus',
        'provision',
      ]);
      expect(Object.keys(configured(SECRETS).services).sort()).toEqual([
        'clickhouse',
        'collector',
        'grafana',
        'prometheus',
        'provision',
      ]);
      expect(services['collector']!.depends_on).toMatchObject({
        clickhouse: { condition: 'service_healthy' },
        provision: { condition: 'service_completed_successfully' },
      });
    });

    it.each(Object.keys(SECRETS))('says what to run when %s is missing', (name) => {
      for (const value of [undefined, '']) {
        const env = Object.fromEntries(
          Object.entries({ ...SECRETS, [name]: value }).filter(([, v]) => v !== undefined),
        );
        const { status, stderr } = configured(env);
        expect(status).not.toBe(0);
        expect(stderr).toMatch(new RegExp(`${name} is missing.*run "sh scripts/make-env.sh" once`));
      }
    });

    it('publishes every port on this machine alone, unless told otherwise', () => {
      const addresses = (env: Record<string, string>) =>
        new Set(
          Object.values(configured({ ...SECRETS, ...env }, 'load', 'mail').services).flatMap((service) =>
            (service.ports ?? []).map((port) => port.host_ip),
          ),
        );
      expect(addresses({})).toEqual(new Set(['127.0.0.1']));
      expect(addresses({ TALLYD_PUBLISH: '192.0.2.7' })).toEqual(new Set(['192.0.2.7']));
    });

    it('gives every service a pinned image, a limit of memory, and a health check where it stays', () => {
      for (const [name, service] of Object.entries(configured(SECRETS, 'load', 'mail').services)) {
        expect(service.image, name).toMatch(/^[a-z/0-9-]+:(v?\d+\.\d+[\d.]*|local)$/);
        expect(Number(service.mem_limit), name).toBeGreaterThan(0);
        if (service.restart === 'no') continue;
        expect(service, name).toMatchObject({
          restart: 'unless-stopped',
          healthcheck: { test: expect.anything() as unknown },
        });
      }
    });

    it("mounts agents' folders for reading, and empty volumes where none is named", () => {
      const mounts = (env: Record<string, string>) =>
        configured({ ...SECRETS, ...env }).services['collector']!.volumes!.filter(({ target }) =>
          /\.claude|\.codex|exports/.test(target),
        );
      expect(mounts({}).map(({ type, read_only }) => [type, read_only])).toEqual(
        Array(3).fill(['volume', true]),
      );
      expect(mounts({ TALLYD_CLAUDE_DIR: join(root, '.claude') })[0]).toMatchObject({
        type: 'bind',
        source: join(root, '.claude'),
        read_only: true,
      });
    });

    it('runs the collector as the user that is named, never as root by default', () => {
      expect(configured(SECRETS).services['collector']!.user).toBe('1000:1000');
      expect(
        configured({ ...SECRETS, TALLYD_UID: '501', TALLYD_GID: '20' }).services['collector']!.user,
      ).toBe('501:20');
    });

    it('tells Grafana every secret that the provisioning refers to', () => {
      const names = NOTIFICATION_VARIABLES.filter(({ secret }) => secret).map(({ name }) => name);
      expect(names.length).toBeGreaterThan(0);
      const { services } = configured({
        ...SECRETS,
        ...Object.fromEntries(names.map((name) => [name, `value of ${name}`])),
      });
      for (const name of names) {
        expect(services['grafana']!.environment![name]).toBe(`value of ${name}`);
        expect(services['provision']!.environment![name]).toBe(`value of ${name}`);
      }
    });

    it('mounts only files that are there', () => {
      for (const service of Object.values(configured(SECRETS, 'load', 'mail').services))
        for (const { type, source } of service.volumes ?? [])
          if (type === 'bind') expect(existsSync(source), source).toBe(true);
    });

    it('is complete with what scripts/make-env.sh writes', () => {
      const folder = join(root, 'env');
      const env = madeEnv(folder);
      expect(statSync(join(folder, '.env')).mode & 0o077).toBe(0);
      expect(configured(env).stderr).toBe('');
    });
  },
);

/** Runs scripts/make-env.sh in a folder of its own. */
function madeEnv(folder: string): Record<string, string> {
  mkdirSync(join(folder, 'scripts'), { recursive: true });
  for (const file of ['.env.example', 'scripts/make-env.sh'])
    cpSync(join(packageRoot, file), join(folder, file));
  const { status, stderr } = spawnSync('sh', [join(folder, 'scripts/make-env.sh')], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const lines = readFileSync(join(folder, '.env'), 'utf8').split('\n');
  return Object.fromEntries(
    lines.filter((line) => /^\w+=./.test(line)).map((line) => line.split(/=(.*)/s).slice(0, 2)),
  ) as Record<string, string>;
}

describe('.env', () => {
  it('gets secrets of its own, and keeps what is in it', () => {
    const folder = join(root, 'twice');
    const first = madeEnv(folder);
    expect(Object.keys(first)).toEqual(expect.arrayContaining(Object.keys(SECRETS)));
    expect(new Set(Object.keys(SECRETS).map((name) => first[name])).size).toBe(5);
    expect(madeEnv(folder)).toEqual(first);
    expect(madeEnv(join(root, 'other'))['TALLYD_TOKEN']).not.toBe(first['TALLYD_TOKEN']);
    writeFileSync(join(folder, '.env'), 'TALLYD_TOKEN=mine\nGRAFANA_ADMIN_PASSWORD=\n');
    const filled = madeEnv(folder);
    expect(filled['TALLYD_TOKEN']).toBe('mine');
    expect(filled['GRAFANA_ADMIN_PASSWORD']).toMatch(/^[0-9a-f]{48}$/);
  });

  it('can hold every variable that says who is told of an alert', () => {
    for (const { name } of NOTIFICATION_VARIABLES) expect(text('.env.example')).toContain(`#${name}=`);
  });

  it('is explained for every variable that docker-compose.yml asks', () => {
    const asked = new Set([...text('docker-compose.yml').matchAll(/\$\{(\w+)/g)].map((match) => match[1]!));
    const explained = new Set([...text('.env.example').matchAll(/^#?(\w+)=/gm)].map((match) => match[1]!));
    expect([...asked].filter((name) => !explained.has(name))).toEqual([]);
    expect([...explained].filter((name) => !asked.has(name))).toEqual([]);
  });
});

const noPrometheus = ['promtool', 'prometheus'].some(
  (binary) => spawnSync(binary, ['--version']).error !== undefined,
);

describe.skipIf(noPrometheus)(
  noPrometheus ? 'prometheus.yml (skipped: apt-get install prometheus)' : 'prometheus.yml',
  () => {
    const token = 'token-of-prometheus-'.repeat(3);
    const file = join(root, 'prometheus.yml');

    it('is what promtool accepts', () => {
      configure('127.0.0.1:9464');
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'config', file], {
        encoding: 'utf8',
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(/is valid prometheus config file syntax/);
    });

    it('scrapes a collector that asks for tokens', async () => {
      const env = environment(join(root, 'home'), {
        TALLYD_TAIL: 'none',
        TALLYD_TOKENS_FILE: join(root, 'home/tokens.json'),
        SECRET: token,
      });
      await run(env, 'token', 'create', 'prometheus', '--scope', 'read', '--token-from-env', 'SECRET');
      const program = await Program.start(env);
      const { host, port } = program.runtime.addresses.metrics!;
      expect((await fetch(`http://${host}:${port}/metrics`)).status).toBe(401);
      configure(`${host}:${port}`);
      const listen = `127.0.0.1:${await freePort()}`;
      const args = [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(root, 'tsdb')}`,
        `--web.listen-address=${listen}`,
      ];
      const prometheus = spawn('prometheus', args, { stdio: 'ignore' });
      try {
        const url = `http://${listen}/api/v1/query?query=${encodeURIComponent('up{job="tallyd"}')}`;
        await until(async () => {
          // not listening yet, or not scraped
          const answer = await fetch(url)
            .then((response) => response.json())
            .catch(() => undefined);
          const { data } = (answer ?? {}) as { data?: { result: { value: [number, string] }[] } };
          return data?.result[0]?.value[1] === '1';
        });
      } finally {
        prometheus.kill('SIGTERM');
        await once(prometheus, 'exit');
        await program.end();
      }
    });

    /** The configuration with the collector's address and the secret's file as they are here. */
    function configure(collector: string): void {
      writeFileSync(join(root, 'token'), token);
      const here = text('prometheus/prometheus.yml')
        .replace('collector:9464', collector)
        .replace('/run/secrets/tallyd_prometheus_token', join(root, 'token'))
        .replace('scrape_interval: 15s', 'scrape_interval: 1s')
        .replace('scrape_timeout: 10s', 'scrape_timeout: 1s');
      writeFileSync(file, here);
    }
  },
);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe("the ClickHouse server's configuration", () => {
  const files = ['config.d', 'users.d'].flatMap((folder) =>
    readdirSync(join(packageRoot, 'clickhouse', folder)).map((file) => `clickhouse/${folder}/${file}`),
  );

  it.each(files)('is well-formed and mounted: %s', (file) => {
    expect(wellFormed(text(file))).toBe('clickhouse');
    expect(text('docker-compose.yml')).toContain(`./${file}:/etc/clickhouse-server/${file.split('/')[1]}/`);
  });

  it('has no password in it, and no user without one', () => {
    const users = text('clickhouse/users.d/tallyd.xml');
    expect(users).toContain('<default remove="remove"/>');
    expect([...users.matchAll(/<password[^>]*>/g)].map(([tag]) => tag)).toEqual([
      '<password from_env="CLICKHOUSE_PASSWORD"/>',
      '<password from_env="CLICKHOUSE_GRAFANA_PASSWORD"/>',
    ]);
  });

  it('lets Grafana read tallyd and nothing that changes', () => {
    const grafana = /<grafana>([\s\S]*)<\/grafana>/.exec(text('clickhouse/users.d/tallyd.xml'))![1]!;
    const grants = [...grafana.matchAll(/<query>GRANT ([^<]+) ON ([^<]+)<\/query>/g)];
    for (const [, privileges, what] of grants) {
      expect(privileges!.split(', ').every((one) => ['SELECT', 'SHOW', 'dictGet'].includes(one))).toBe(true);
      expect(what).toMatch(/^(tallyd\.\*|system\.\w+)$/);
    }
    expect(grants.length).toBeGreaterThan(0);
  });
});

/** The root's name when every tag is closed in its turn; throws otherwise. */
function wellFormed(xml: string): string {
  const open: string[] = [];
  let first = '';
  for (const [tag, closing, name, end] of xml
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .matchAll(/<(\/?)([\w:]+)(?:\s+\w+="[^"<]*")*\s*(\/?)>/g)) {
    if (closing === '/') {
      if (open.pop() !== name) throw new Error(`${tag} closes nothing`);
    } else if (end !== '/') open.push(name!);
    first ||= name!;
  }
  const left = xml
    .replaceAll(/<!--(?:(?!--)[\s\S])*-->/g, '')
    .replaceAll(/<\/?[\w:]+(?:\s+\w+="[^"<]*")*\s*\/?>/g, '');
  if (open.length > 0 || /[<>&]/.test(left)) throw new Error(`not closed: ${open.join(', ')} ${left.trim()}`);
  return first;
}

describe('the workflow', () => {
  it('uses the files that are here', () => {
    const { jobs } = parse(text('.github/workflows/compose.yml')) as {
      jobs: Record<string, { steps: { run?: string }[] }>;
    };
    const commands = Object.values(jobs).flatMap(({ steps }) => steps.map(({ run }) => run ?? ''));
    const named = commands.join('\n').match(/\b(?:scripts|k6|docker|bin)\/[\w./-]+/g) ?? [];
    expect(named.length).toBeGreaterThan(0);
    for (const file of named) expect(existsSync(join(packageRoot, file)), file).toBe(true);
  });
});
