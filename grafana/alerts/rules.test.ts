/** What provisioning asks of the rules, whatever they ask: names, links, what Grafana would expand. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ALERT_LIMITS } from '../../collector/budgets/alerts.ts';
import { NOTIFICATION_VARIABLES } from '../../collector/grafana-export/notification-variables.ts';
import { clickhouse, prometheus } from '../sdk/datasources.ts';
import { dashboards } from '../dashboards/index.ts';
import { panelsOf } from '../testing/panels.ts';
import { alertGroups, rulesFile } from './index.ts';
import { buildGroup } from './rule.ts';

const root = join(import.meta.dirname, '../..');
const { groups } = rulesFile(() => 1);
const rules = groups.flatMap((group) => group.rules);
const runbooks = join(root, 'docs/runbooks');

describe('every rule', () => {
  it('has a uid and a title of its own, the uid short enough for Grafana', () => {
    expect(new Set(rules.map(({ uid }) => uid)).size).toBe(rules.length);
    expect(new Set(rules.map(({ title }) => title)).size).toBe(rules.length);
    for (const { uid } of rules) expect(uid).toMatch(/^tallyd-[a-z-]{1,33}$/);
  });

  it('says what to do, the numbers, and how grave it is', () => {
    for (const { uid, annotations, labels } of rules) {
      expect(annotations['summary'], uid).toMatch(/\S\.$/);
      expect(annotations['description'], uid).toMatch(/\S\.$/);
      expect(['critical', 'warning', 'info'], uid).toContain(labels['severity']);
    }
  });

  it('has nothing in it that provisioning would expand', () => {
    for (const { data, annotations, panelId, ...expanded } of rules) {
      expect(JSON.stringify(expanded), expanded.uid).not.toContain('$');
      // in annotations only the braced form would be
      expect(JSON.stringify(annotations), expanded.uid).not.toContain('${');
      expect(panelId).toBe(1);
      expect(data.at(-1)!.refId).toBe(expanded.condition);
    }
    for (const group of groups) expect(`${group.name}${group.folder}${group.interval}`).not.toContain('$');
  });

  it('asks one of the two data sources, and no group asks both', () => {
    for (const group of groups) {
      const asked = new Set(group.rules.flatMap(({ data }) => data.map((query) => query.datasourceUid)));
      asked.delete('__expr__');
      expect([clickhouse.uid, prometheus.uid], group.name).toContain([...asked].join());
    }
  });

  it('is evaluated at an interval that Grafana takes, and waits for whole evaluations', () => {
    for (const { name, interval, rules: ofGroup } of alertGroups) {
      expect(interval % 10, name).toBe(0);
      for (const rule of ofGroup) {
        const [, count = '0', unit = 's'] = /^(\d+)([smh])$/.exec(rule.for ?? '0s') ?? [];
        const seconds = Number(count) * { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h'];
        expect(seconds % interval, rule.uid).toBe(0);
      }
    }
  });

  it('leads to a panel that is there', () => {
    const all = dashboards.map((make) => make());
    for (const { uid, dashboardUid, panelId } of rulesFile().groups.flatMap((group) => group.rules)) {
      const dashboard = all.find((one) => one.uid === dashboardUid);
      expect(
        panelsOf(dashboard!).map((panel) => panel.id),
        uid,
      ).toContain(panelId);
    }
  });

  it('has a page that says what it means, how to look, what to do and how to change it', () => {
    for (const { uid, title, annotations } of rules) {
      const path = join(root, annotations['runbook_url']!);
      expect(existsSync(path), path).toBe(true);
      const text = readFileSync(path, 'utf8');
      expect(text.split('\n')[0]).toBe(`# ${title}`);
      expect(
        [...text.matchAll(/^## (.*)$/gm)].map((match) => match[1]),
        uid,
      ).toEqual(['What it means', 'When it stays quiet', 'How to look', 'What to do', 'How to change it']);
    }
    const pages = rules.map(({ uid }) => `${uid}.md`);
    expect(readdirSync(runbooks).sort()).toEqual(pages.sort());
  });

  it('has a page that names panels that are there', () => {
    const titles = dashboards.flatMap((make) => panelsOf(make()).map((panel) => panel.title));
    for (const { uid } of rules) {
      const text = readFileSync(join(runbooks, `${uid}.md`), 'utf8');
      const look = text.slice(text.indexOf('## How to look'), text.indexOf('## What to do'));
      for (const [, named] of look.matchAll(/\*([A-Z][^*\n]+)\*/g)) expect(titles, uid).toContain(named);
    }
  });

  it('stands in docs/alerts.md with its severity', () => {
    const text = readFileSync(join(root, 'docs/alerts.md'), 'utf8');
    for (const { uid, title, labels } of rules)
      expect(text).toContain(`| [${title}](runbooks/${uid}.md) | ${labels['severity']} |`);
  });
});

describe('docs/alerts.md', () => {
  it('has the variables of notifications, as they are', () => {
    const text = readFileSync(join(root, 'docs/alerts.md'), 'utf8');
    for (const { name, meaning, default: otherwise } of NOTIFICATION_VARIABLES)
      expect(text).toContain(`| \`${name}\` | ${otherwise} | ${meaning} |`);
  });
});

describe('the limits of tallyd.yaml', () => {
  it('are each asked for by a rule, whose page names them', () => {
    for (const { name } of ALERT_LIMITS) {
      const asking = rules.filter(({ data }) => JSON.stringify(data).includes(`name = '${name}'`));
      expect(asking.length, name).toBeGreaterThan(0);
      for (const { uid } of asking)
        expect(readFileSync(join(runbooks, `${uid}.md`), 'utf8'), uid).toContain(`\`${name}\``);
    }
  });
});

describe('a panel that a rule names', () => {
  const rule = { ...alertGroups[0]!.rules[0]! };
  const group = (dashboard: string, title: string) => ({
    name: 'g',
    interval: 60,
    rules: [{ ...rule, panel: { dashboard, title } }],
  });

  it('must be on its dashboard, which must exist', () => {
    expect(() => buildGroup(group('tallyd-overview', 'Nowhere'))).toThrow(
      /the panel "Nowhere", but tallyd-overview has Cost,/,
    );
    expect(() => buildGroup(group('tallyd-nothing', 'Cost'))).toThrow('which does not exist');
  });
});
