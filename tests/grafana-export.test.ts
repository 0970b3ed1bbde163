/** `tallyd grafana export`, read back as Grafana reads it. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Notifications } from '../collector/grafana-export/alerting.ts';
import { parseClickHouse, parsePrometheus } from '../collector/grafana-export/addresses.ts';
import { exportGrafana, type ExportOptions } from '../collector/grafana-export/export.ts';
import type { Generated } from '../collector/grafana-export/generated.ts';
import { interpolate, provision } from './support/grafana-provisioning.ts';
import { environment, Program, run } from './support/program.ts';

const root = mkdtempSync(join(tmpdir(), 'tallyd-grafana-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder: string;
let number = 0;
beforeEach(() => (folder = join(root, String(++number))));

/** Every character that some reader between here and ClickHouse takes for something else. */
const AWKWARD = `p$PATH \${HOME}$$ $__env{HOME} "q" 'a' \\n #: {x} %25 é $`;

const ask = (uid: string) => ({ datasource: { uid } });
const rule = (uid: string, source: string) => ({
  uid,
  title: `Rule ${uid}`,
  data: [{ refId: 'A', datasourceUid: source, model: { rawSql: 'WHERE $__timeFilter(ts)' } }],
});
const generated: Generated = {
  dashboards: [
    {
      file: 'a.json',
      dashboard: {
        uid: 'a',
        title: 'Costs',
        panels: [{ type: 'stat', targets: [ask('tallyd-clickhouse')] }],
      },
    },
    {
      file: 'b.json',
      dashboard: {
        uid: 'b',
        title: 'Pipeline',
        panels: [
          {
            type: 'row',
            panels: [{ type: 'stat', datasource: { uid: 'tallyd-prometheus' }, targets: [{}] }],
          },
        ],
      },
    },
  ],
  groups: [
    {
      orgId: 1,
      name: 'money',
      folder: 'LLM usage',
      rules: [rule('r1', 'tallyd-clickhouse'), rule('r2', 'tallyd-prometheus')],
    },
    { orgId: 1, name: 'health', folder: 'LLM usage', rules: [rule('r3', 'tallyd-prometheus')] },
  ],
  templates: [{ orgId: 1, name: 'tallyd', template: '{{ range $i, $a := .Alerts }}{{ end }}' }],
  muteTimes: [],
};
const notifications: Notifications = {
  contactPoints: [
    {
      name: 'slack',
      receivers: [
        {
          uid: 'tallyd-slack',
          type: 'slack',
          settings: { url: 'https://hooks.example/$x', text: '{{ $a }}' },
        },
      ],
    },
  ],
  policies: [{ receiver: 'slack', mute_time_intervals: ['quiet'] }],
  muteTimes: [{ name: 'quiet', time_intervals: [{ location: 'Europe/Berlin' }] }],
};
const env = { TALLYD_ALERT_SLACK_URL: 'https://hooks.example/$x' };

function exported(options: Partial<ExportOptions> = {}) {
  return exportGrafana({
    folder,
    clickhouse: parseClickHouse('http://localhost:8123', false, '--clickhouse-url'),
    prometheus: parsePrometheus('http://localhost:9090', '--prometheus-url'),
    org: 1,
    grafanaFolder: 'LLM usage',
    dashboardsPath: undefined,
    docsUrl: undefined,
    secrets: 'inline',
    force: false,
    notifications: {},
    env: {},
    generated,
    ...options,
  });
}

const filesOf = (at: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(at, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(at.length + 1), readFileSync(file, 'utf8')]),
  );

describe('the interpolation that the files are read with here', () => {
  it('does what Grafana documents', () => {
    const given = { A: 'one', B: 'two' };
    expect(interpolate('$A ${B} $C ${D} $$A $__env{A}', given)).toBe('one two   $A one');
    expect(interpolate('Pa$$w0rd', {})).toBe('Pa$w0rd');
    expect(interpolate('$__timeFilter(ts)', {})).toBe('(ts)');
  });
});

describe('data sources', () => {
  it('keep every character of a password, in the file and through the environment', () => {
    const clickhouse = parseClickHouse(
      `https://${encodeURIComponent('us$er')}:${encodeURIComponent(AWKWARD)}@ch.example/tallyd`,
      false,
      '--clickhouse-url',
    );
    exported({ clickhouse });
    const inline = provision(folder, { PATH: 'x', HOME: 'y' }).datasources[0];
    expect(inline).toMatchObject({
      uid: 'tallyd-clickhouse',
      jsonData: { host: 'ch.example', port: 8443, protocol: 'http', secure: true, username: 'us$er' },
      secureJsonData: { password: AWKWARD },
    });
    exported({ clickhouse, secrets: 'env' });
    const through = provision(folder, { TALLYD_GRAFANA_CLICKHOUSE_PASSWORD: AWKWARD, HOME: 'y' })
      .datasources[0];
    expect(through).toMatchObject({ secureJsonData: { password: AWKWARD } });
    expect(readFileSync(join(folder, 'datasources/tallyd.yaml'), 'utf8')).not.toContain('PATH');
  });

  it('can be read by their owner alone when there is a password in them', () => {
    const secret = exported({ clickhouse: parseClickHouse('http://g:pw@h', false, '--clickhouse-url') });
    expect(secret.secretFiles).toEqual([join(folder, 'datasources/tallyd.yaml')]);
    expect(statSync(secret.secretFiles[0]!).mode & 0o777).toBe(0o600);
    folder = join(root, 'open');
    expect(exported().secretFiles).toEqual([]);
    expect(statSync(join(folder, 'datasources/tallyd.yaml')).mode & 0o044).not.toBe(0);
  });

  it.each([
    ['http://h', false, { host: 'h', port: 8123, protocol: 'http', secure: false, username: 'default' }],
    ['https://h', false, { port: 8443, secure: true }],
    ['http://h:80', false, { port: 80 }],
    ['https://u:p@h:443/tallyd', false, { port: 443, username: 'u', password: 'p' }],
    ['http://h', true, { port: 9000, protocol: 'native' }],
    ['https://h', true, { port: 9440, protocol: 'native', secure: true }],
    ['http://[::1]:8124/tallyd/', false, { host: '::1', port: 8124 }],
  ] as const)('take %s (native: %s) apart', (url, native, address) => {
    expect(parseClickHouse(url, native, '--clickhouse-url')).toMatchObject(address);
  });

  it.each([
    ['h:8123', /must be a URL/],
    ['tcp://h:9000', /must be a URL/],
    ['http://h/other', /keeps everything in "tallyd"/],
    ['http://u:p%zz@h', /% itself is %25/],
    ['http://u:p?w@h', /must be a URL|%3F/],
    ['http://u:pw@h/tallyd?x=1', /"\?" or "#"/],
  ])('refuse %s with a sentence that holds no password', (url, sentence) => {
    const refused = () => parseClickHouse(url, false, '--clickhouse-url');
    expect(refused).toThrow(sentence);
    expect(refused).not.toThrow(/p%zz|p\?w|pw@/);
  });

  it('give Prometheus its user and password beside the address', () => {
    const url = 'https://scraper:s%24ecret@prom.example/path/';
    exported({ prometheus: parsePrometheus(url, '--prometheus-url') });
    expect(provision(folder).datasources[1]).toMatchObject({
      url: 'https://prom.example/path',
      basicAuth: true,
      basicAuthUser: 'scraper',
      secureJsonData: { basicAuthPassword: 's$ecret' },
    });
  });
});

describe('dashboards and rules', () => {
  it('stand in the folder and organisation that were asked for, found where Grafana looks', () => {
    exported({ org: 7, grafanaFolder: 'Costs $ and more', dashboardsPath: '/etc/grafana/x' });
    const read = provision(folder, { and: 'wrong' });
    expect(read.providers).toMatchObject([
      { folder: 'Costs $ and more', orgId: 7, options: { path: '/etc/grafana/x' } },
    ]);
    expect(read.groups.map(({ orgId, folder }) => [orgId, folder])).toEqual([
      [7, 'Costs $ and more'],
      [7, 'Costs $ and more'],
    ]);
    expect(read.datasources.map(({ orgId }) => orgId)).toEqual([7, 7]);
    expect(JSON.parse(readFileSync(join(folder, 'dashboards/tallyd/a.json'), 'utf8'))).toEqual(
      generated.dashboards[0]!.dashboard,
    );
  });

  it("keep the queries' macros with a single dollar, which Grafana does not expand there", () => {
    exported();
    expect(provision(folder).groups[0]!.rules[0]!.data[0]!.model).toEqual({
      rawSql: 'WHERE $__timeFilter(ts)',
    });
  });

  it('link to their runbook where the documentation can be read, else name its file', () => {
    const [first, ...others] = generated.groups;
    const rules = first!.rules.map((one) => ({
      ...one,
      annotations: { summary: 's', runbook_url: 'docs/runbooks/x.md' },
    }));
    const withRunbooks = { ...generated, groups: [{ ...first!, rules }, ...others] };
    const annotations = (): unknown => provision(folder).groups[0]!.rules[0]!.annotations;
    exported({ generated: withRunbooks });
    expect(annotations()).toEqual({ summary: 's', runbook: 'docs/runbooks/x.md' });
    exported({ generated: withRunbooks, docsUrl: 'https://git.example/$a/tallyd' });
    expect(annotations()).toEqual({
      summary: 's',
      runbook_url: 'https://git.example/%24a/tallyd/docs/runbooks/x.md',
    });
  });

  it('are left out, and named, where they ask a Prometheus that there is not', () => {
    const { leftOut, dashboards, rules } = exported({ prometheus: undefined });
    expect(leftOut).toEqual({ dashboards: ['Pipeline'], rules: ['Rule r2', 'Rule r3'], partly: [] });
    expect({ dashboards, rules }).toEqual({ dashboards: 1, rules: 1 });
    const read = provision(folder);
    expect(read.groups.flatMap((group) => group.rules.map(({ uid }) => uid))).toEqual(['r1']);
    expect(read.datasources).toHaveLength(1);
    expect(existsSync(join(folder, 'dashboards/tallyd/b.json'))).toBe(false);
  });

  it('are deleted in Grafana when an earlier export had them', () => {
    exported();
    exported({ prometheus: undefined });
    const read = provision(folder);
    expect(read.deleteRules).toEqual([
      { orgId: 1, uid: 'r2' },
      { orgId: 1, uid: 'r3' },
    ]);
    expect(read.deleteDatasources).toEqual([{ name: 'tallyd Prometheus', orgId: 1 }]);
    exported();
    expect(provision(folder)).toMatchObject({ deleteRules: [], deleteDatasources: [] });
  });
});

describe('notifications', () => {
  it('hold every character of a secret, in the file and through the environment', () => {
    exported({ notifications, env });
    const settings = { url: 'https://hooks.example/$x', text: '{{ $a }}' };
    expect(provision(folder, { x: 'wrong', a: 'wrong' }).contactPoints[0]!.receivers[0]!.settings).toEqual(
      settings,
    );
    exported({ notifications, env, secrets: 'env' });
    const text = readFileSync(join(folder, 'alerting/tallyd-notifications.json'), 'utf8');
    expect(text).not.toContain('hooks.example');
    expect(provision(folder, env).contactPoints[0]!.receivers[0]!.settings).toEqual(settings);
  });

  it('are taken back when they are gone, and leave alone what the organisation made afterwards', () => {
    expect(exported({ notifications, env }).policies).toBe(true);
    exported();
    const taken = provision(folder);
    expect(taken.deleteContactPoints).toEqual([{ orgId: 1, uid: 'tallyd-slack' }]);
    expect(taken.resetPolicies).toEqual([1]);
    expect(taken.deleteMuteTimes).toEqual([{ orgId: 1, name: 'quiet' }]);
    exported();
    expect(provision(folder).resetPolicies).toEqual([]);
  });

  it('come from the environment of the command, and are refused with a sentence when they cannot work', async () => {
    const at = ['grafana', 'export', folder, '--clickhouse-url', 'http://h'];
    const set = (more: Record<string, string>) => environment(join(root, 'home'), more);
    const hours = { TALLYD_ALERT_QUIET_HOURS: '22:00-07:00', TALLYD_ALERT_TIMEZONE: 'Europe/Berlin' };
    const written = await run(set({ TALLYD_ALERT_SLACK_URL: 'https://hooks.example/$x', ...hours }), ...at);
    expect(written).toMatchObject({ code: 0, stderr: '' });
    expect(written.stdout).toMatch(/take the place of all that the organisation has/);
    const { contactPoints, policies, muteTimes } = provision(folder, { x: 'wrong' });
    expect(new Set(contactPoints.map(({ receivers }) => receivers[0]!.settings['url']))).toEqual(
      new Set(['https://hooks.example/$x']),
    );
    expect(policies).toHaveLength(1);
    expect(muteTimes).toMatchObject([{ time_intervals: [{ location: 'Europe/Berlin' }] }]);
    const refused = await run(set({ TALLYD_ALERT_SLACK_URL: 'hush' }), ...at);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/TALLYD_ALERT_SLACK_URL/) as string,
    });
    expect(refused.stderr).not.toMatch(/hush|\n +at /);
    await run(set({ TALLYD_ALERT_SLACK_URL: 'https://hooks.example/$x' }), ...at, '--no-notifications');
    expect(provision(folder)).toMatchObject({ contactPoints: [], policies: [], resetPolicies: [1] });
  });

  it('touch no policy where there never was a contact point', () => {
    exported();
    expect(provision(folder)).toMatchObject({
      contactPoints: [],
      policies: [],
      resetPolicies: [],
      deleteContactPoints: [],
    });
    expect(existsSync(join(folder, 'alerting/tallyd-notifications.json'))).toBe(false);
  });
});

describe('the folder', () => {
  it('is the same after a second export', () => {
    const first = exported({ notifications, env });
    const before = filesOf(folder);
    const second = exported({ notifications, env });
    expect(filesOf(folder)).toEqual(before);
    expect(second.written).toMatchObject({ added: [], changed: [], removed: [] });
    expect(second.written.unchanged).toEqual(first.written.added);
  });

  it("keeps others' files and loses those of an earlier export that no longer belong", () => {
    mkdirSync(join(folder, 'dashboards/tallyd'), { recursive: true });
    mkdirSync(join(folder, 'alerting'), { recursive: true });
    writeFileSync(join(folder, 'dashboards/tallyd/mine.json'), '{}');
    writeFileSync(join(folder, 'alerting/mine.yaml'), 'apiVersion: 1');
    exported();
    const { written } = exported({ prometheus: undefined });
    expect(written.removed).toEqual(['dashboards/tallyd/b.json']);
    expect(existsSync(join(folder, 'dashboards/tallyd/b.json'))).toBe(false);
    expect(readFileSync(join(folder, 'dashboards/tallyd/mine.json'), 'utf8')).toBe('{}');
    expect(readFileSync(join(folder, 'alerting/mine.yaml'), 'utf8')).toBe('apiVersion: 1');
  });

  it('is refused when it holds other things, unless forced', () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'thesis.tex'), '');
    expect(() => exported()).toThrow(/holds other things \(thesis\.tex\)/);
    expect(readdirSync(folder)).toEqual(['thesis.tex']);
    exported({ force: true });
    expect(provision(folder).datasources).toHaveLength(2);
  });

  it("is refused, even forced, when a file in the way is somebody's own; nothing is written then", () => {
    mkdirSync(join(folder, 'datasources'), { recursive: true });
    writeFileSync(join(folder, 'datasources/tallyd.yaml'), 'mine');
    expect(() => exported({ force: true })).toThrow(/is not from an export/);
    expect(filesOf(folder)).toEqual({ 'datasources/tallyd.yaml': 'mine' });
  });

  it('keeps what was changed by hand, unless forced', () => {
    exported();
    const file = join(folder, 'dashboards/tallyd/a.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, '{"changed": true}');
    expect(() => exported()).toThrow(/a\.json was changed since the last export/);
    exported({ force: true });
    expect(readFileSync(file, 'utf8')).toBe(text);
    writeFileSync(join(folder, 'dashboards/tallyd/b.json'), '{"changed": true}');
    expect(() => exported({ prometheus: undefined })).toThrow(/b\.json was changed/);
  });

  it('is a file: refused', () => {
    writeFileSync(folder, '');
    expect(() => exported()).toThrow(/is a file/);
  });

  it.each(['{', '{"version": 2, "files": {}}', '{"version": 1, "files": {"../../etc/passwd": "x"}}'])(
    'is refused with a list of files that cannot be trusted: %s',
    (manifest) => {
      mkdirSync(folder);
      writeFileSync(join(folder, '.tallyd-export.json'), manifest);
      expect(() => exported()).toThrow(/cannot be read as an export's list of files/);
    },
  );
});

describe('tallyd grafana export', () => {
  it('writes what the package carries, for the read endpoint of the running collector', async () => {
    const home = join(folder, 'home');
    const settings = environment(home, { TALLYD_TAIL: 'none' });
    const program = await Program.start(settings);
    try {
      const { code, stdout, stderr } = await run(settings, 'grafana', 'export', join(folder, 'out'));
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/grafana cli plugins install grafana-clickhouse-datasource/);
      const { datasources, providers } = provision(join(folder, 'out'));
      expect(datasources).toMatchObject([
        { jsonData: { host: 'localhost', port: program.runtime.addresses.store!.port, protocol: 'http' } },
      ]);
      expect(providers[0]!.options.path).toBe(join(folder, 'out/dashboards/tallyd'));
      expect(readdirSync(providers[0]!.options.path)).toContain('tallyd-overview.json');
    } finally {
      await program.end();
    }
  });

  it.each([
    [{ TALLYD_STORE_LISTEN: 'off' }, [], /Grafana has nothing to read/],
    [{ TALLYD_CLICKHOUSE_URL: 'http://tallyd:pw@h:8123/tallyd' }, [], /names a user who may write/],
    [{ TALLYD_TOKENS_FILE: '/tokens.json' }, [], /--clickhouse-url http:\/\/grafana:TOKEN@localhost:8123/],
    [{}, ['--native'], /--native needs --clickhouse-url/],
    [{}, ['--folder', 'a/b'], /without "\/"/],
    [{}, ['--org', '0'], /must be a whole number/],
    [{}, ['--docs-url', 'https://me:pw@git.example'], /--docs-url has a user or password in it/],
    [{}, ['--prometheus-url', 'prom:9090'], /--prometheus-url must be a URL/],
  ])('refuses %o %o with a sentence', async (more, args, sentence) => {
    const settings = environment(join(folder, 'home'), { TALLYD_STORE_LISTEN: '127.0.0.1:8123', ...more });
    const { code, stderr } = await run(settings, 'grafana', 'export', join(folder, 'out'), ...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });
});
