/** The texts of alerts, rendered by Go's own templates as Grafana renders them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { rulesFile } from '../grafana/alerts/index.ts';
import { templates } from '../grafana/alerts/templates.ts';
import { temporaryFolder } from './support/store.ts';

const rules = rulesFile(() => 1).groups.flatMap((group) => group.rules);
const missing = spawnSync('go', ['version']).error !== undefined;
const TEMPLATES = ['tallyd.title', 'tallyd.text', 'tallyd.slack'] as const;

const alert = (name: string, status: string, more: Record<string, string>, links = true) => ({
  Status: status,
  Labels: { alertname: name, severity: 'warning', ...more },
  Annotations: {
    summary: 'Do this.',
    description: 'It is 80 %.',
    ...(links ? { runbook_url: 'https://docs.example.org/page' } : { runbook: 'docs/runbooks/page.md' }),
  },
  PanelURL: links ? 'https://grafana.example.org/d/x' : '',
  SilenceURL: links ? 'https://grafana.example.org/silence' : '',
});

const budget = alert('Budget used up', 'firing', { budget: 'Atlas' });
const MESSAGES = {
  one: { Status: 'firing', CommonLabels: budget.Labels, Alerts: [budget] },
  several: {
    Status: 'firing',
    CommonLabels: { alertname: 'Many requests fail', severity: 'warning' },
    Alerts: [
      alert('Many requests fail', 'firing', { model_name: 'opus' }, false),
      alert('Many requests fail', 'firing', { model_name: 'haiku' }),
      alert('Many requests fail', 'resolved', { model_name: 'mini' }),
    ],
  },
  over: {
    Status: 'resolved',
    CommonLabels: { alertname: 'Nothing new from a source', severity: 'warning' },
    Alerts: [alert('Nothing new from a source', 'resolved', { source_name: 'codex' })],
  },
  mixed: {
    Status: 'firing',
    CommonLabels: {},
    Alerts: [
      alert('One', 'firing', { instance: 'a:9464' }),
      alert('Two', 'firing', { dataset_name: 'd', source_name: 's' }),
    ],
  },
};

type Texts = Record<(typeof TEMPLATES)[number], string>;

interface Answer {
  Messages: Texts[];
  Annotations: string[];
}

const texts = rules.flatMap(({ uid, annotations }) =>
  ['summary', 'description'].map((name) => ({ uid, name, text: annotations[name]! })),
);

function named(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1]!);
}

function renderAll(): Answer {
  const folder = temporaryFolder('go');
  try {
    const request = {
      Templates: templates.map(({ template }) => template).join('\n'),
      Names: TEMPLATES,
      Messages: Object.values(MESSAGES),
      Annotations: texts.map(({ text }) => ({
        Text: text,
        Labels: Object.fromEntries(named(text, /\$labels\.(\w+)/g).map((name) => [name, `<${name}>`])),
        Values: Object.fromEntries(named(text, /\$values\.(\w+)/g).map((name) => [name, { Value: 0.5 }])),
      })),
    };
    const output = execFileSync('go', ['run', join(import.meta.dirname, 'support/go-templates/main.go')], {
      input: JSON.stringify(request),
      encoding: 'utf8',
      cwd: folder.path,
      env: { ...process.env, GOFLAGS: '-mod=mod', GO111MODULE: 'off' },
    });
    return JSON.parse(output) as Answer;
  } finally {
    folder.remove();
  }
}

describe.skipIf(missing)(
  missing ? 'texts of alerts (skipped: go is not installed)' : 'texts of alerts',
  () => {
    let answer: Answer;
    const message = (name: keyof typeof MESSAGES): Texts =>
      answer.Messages[Object.keys(MESSAGES).indexOf(name)]!;
    beforeAll(() => {
      answer = renderAll();
    }, 240_000);

    it('name in the title what fires, how often, and how grave it is', () => {
      expect(message('one')['tallyd.title']).toBe('Budget used up (warning)');
      expect(message('several')['tallyd.title']).toBe('2 × Many requests fail (warning)');
      expect(message('over')['tallyd.title']).toBe('Resolved: Nothing new from a source (warning)');
      expect(message('mixed')['tallyd.title']).toBe('2 × LLM usage');
    });

    it('say in plain text what to do, where to look, and what is over', () => {
      expect(message('one')['tallyd.text'].trimEnd().split('\n')).toEqual([
        'Budget used up: Atlas',
        'Do this.',
        'It is 80 %.',
        'Panel: https://grafana.example.org/d/x',
        'Runbook: https://docs.example.org/page',
        'Silence: https://grafana.example.org/silence',
      ]);
      expect(
        message('several')
          ['tallyd.text'].split('\n')
          .filter((line) => line !== ''),
      ).toEqual([
        'Many requests fail: opus',
        'Do this.',
        'It is 80 %.',
        'Runbook: docs/runbooks/page.md',
        'Many requests fail: haiku',
        'Do this.',
        'It is 80 %.',
        'Panel: https://grafana.example.org/d/x',
        'Runbook: https://docs.example.org/page',
        'Silence: https://grafana.example.org/silence',
        'Resolved:',
        '- Many requests fail: mini',
      ]);
      expect(message('over')['tallyd.text'].trim().split('\n')).toEqual([
        'Resolved:',
        '- Nothing new from a source: codex',
      ]);
    });

    it('are links in Slack', () => {
      expect(message('one')['tallyd.slack'].trimEnd().split('\n')).toEqual([
        '*Budget used up: Atlas*',
        'Do this.',
        'It is 80 %.',
        '<https://grafana.example.org/d/x|Panel>  <https://docs.example.org/page|Runbook>  <https://grafana.example.org/silence|Silence>',
      ]);
      expect(message('several')['tallyd.slack']).toContain('Resolved: Many requests fail: mini');
      expect(message('several')['tallyd.slack']).toContain('docs/runbooks/page.md');
      expect(message('mixed')['tallyd.slack']).toContain('*One: a:9464*');
      expect(message('mixed')['tallyd.slack']).toContain('*Two: d*');
    });

    it('of every rule have their labels and numbers filled in', () => {
      for (const [i, { uid, name, text }] of texts.entries()) {
        const rendered = answer.Annotations[i]!;
        expect(rendered, `${uid} ${name}`).not.toMatch(/\{\{|\}\}|no value/);
        for (const label of named(text, /\{\{ \$labels\.(\w+) \}\}/g))
          expect(rendered).toContain(`<${label}>`);
        if (text.includes('humanizePercentage')) expect(rendered).toContain('50%');
        if (text.includes('printf "$%.2f"')) expect(rendered).toContain('$0.50');
      }
    });

    it('use labels and numbers that an instance has for its name', () => {
      const known = templates[0]!.template;
      const labels = named(known, /\.Labels\.(\w+)/g).filter((name) => name !== 'alertname');
      const used = rules.map(({ annotations }) => JSON.stringify(annotations)).join();
      for (const label of labels) expect(used, label).toContain(`$labels.${label}`);
    });
  },
);
