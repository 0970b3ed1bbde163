/**
 * The rules that ask Prometheus, by `promtool test rules`: what Grafana does with their A, B and C (a value
 * per series, compared with a constant, for so long) is what Prometheus does with `expr > constant`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { alertGroups } from './index.ts';
import type { PrometheusRule } from './rule.ts';

const rules = alertGroups
  .flatMap((group) => group.rules)
  .filter((rule): rule is PrometheusRule => 'expr' in rule);

interface Case {
  /** By metric with its labels: values in promtool's notation, one a minute. */
  series: Record<string, string>;
  /** Minute at which is looked. */
  at: number;
  /** Labels of what fires. */
  fires: Record<string, string>[];
}

const at = (labels: string) => `{job="tallyd", instance="a:9464"${labels}}`;
const server = '{job="clickhouse", instance="ch:9363"}';
const collector = { job: 'tallyd', instance: 'a:9464' };

const CASES: Record<string, Record<string, Case>> = {
  'tallyd-collector-down': {
    'fires after three minutes': {
      series: { [`up${at('')}`]: '1x5 0x10', 'up{job="tallyd", instance="b:9464"}': '1x15' },
      at: 10,
      fires: [{ instance: 'a:9464' }],
    },
    'does not fire for a restart, or for other jobs': {
      series: { [`up${at('')}`]: '1x5 0 0 1x10', 'up{job="other", instance="c"}': '0x20' },
      at: 8,
      fires: [],
    },
  },
  'tallyd-collector-behind': {
    'fires for what has waited longer than five minutes, for ten': {
      series: {
        [`tallyd_tail_lag_seconds${at(', source="codex"')}`]: '301x20',
        [`tallyd_tail_lag_seconds${at(', source="claude-code"')}`]: '300x20',
      },
      at: 12,
      fires: [{ instance: 'a:9464', source: 'codex' }],
    },
    'does not fire during a first read that ends in time': {
      series: { [`tallyd_tail_lag_seconds${at(', source="codex"')}`]: '0+60x9 0x10' },
      at: 12,
      fires: [],
    },
  },
  'tallyd-writes-failing': {
    'fires when attempts keep failing': {
      series: { [`tallyd_batches_failed_total${at(', source="codex", via="tail"')}`]: '0x10 1+1x20' },
      at: 22,
      fires: [{ instance: 'a:9464' }],
    },
    'does not fire for one that failed once and then worked': {
      series: { [`tallyd_batches_failed_total${at(', source="codex", via="tail"')}`]: '0x10 2x20' },
      at: 22,
      fires: [],
    },
  },
  'tallyd-cpu': {
    'fires for a collector that uses more than 80 % of its cores': {
      series: {
        [`process_cpu_seconds_total${at(', mode="user"')}`]: '0+90x40',
        [`process_cpu_seconds_total${at(', mode="system"')}`]: '0+8x40',
        [`tallyd_cpu_cores${at('')}`]: '2x40',
        [`nodejs_eventloop_utilization_ratio${at('')}`]: '0.1x40',
      },
      at: 35,
      fires: [collector],
    },
    'does not fire at 75 % of its cores, though one of them is full': {
      series: {
        [`process_cpu_seconds_total${at(', mode="user"')}`]: '0+90x40',
        [`tallyd_cpu_cores${at('')}`]: '2x40',
        [`nodejs_eventloop_utilization_ratio${at('')}`]: '0.95x40',
      },
      at: 35,
      fires: [],
    },
    'fires for a busy event loop where the cores are not known': {
      series: {
        [`process_cpu_seconds_total${at(', mode="user"')}`]: '0+20x40',
        [`nodejs_eventloop_utilization_ratio${at('')}`]: '0.85x40',
      },
      at: 35,
      fires: [collector],
    },
    'does not fire for ten busy minutes': {
      series: { [`nodejs_eventloop_utilization_ratio${at('')}`]: '0.1x20 1x10 0.1x20' },
      at: 32,
      fires: [],
    },
    'fires for a ClickHouse server whose cores are busy': {
      series: {
        [`ClickHouseAsyncMetrics_OSUserTimeNormalized${server}`]: '0.7x40',
        [`ClickHouseAsyncMetrics_OSSystemTimeNormalized${server}`]: '0.15x40',
      },
      at: 35,
      fires: [{ job: 'clickhouse', instance: 'ch:9363' }],
    },
  },
  'tallyd-memory': {
    'fires above 80 % of the limit, of the collector and of a server': {
      series: {
        [`process_resident_memory_bytes${at('')}`]: '81x30',
        [`tallyd_memory_limit_bytes${at('')}`]: '100x30',
        'process_resident_memory_bytes{job="prometheus", instance="p"}': '99x30',
        [`ClickHouseAsyncMetrics_CGroupMemoryUsed${server}`]: '81x30',
        [`ClickHouseAsyncMetrics_CGroupMemoryTotal${server}`]: '100x30',
      },
      at: 15,
      fires: [collector, { job: 'clickhouse', instance: 'ch:9363' }],
    },
    'does not fire at 80 %, or where no limit is known': {
      series: {
        [`process_resident_memory_bytes${at('')}`]: '80x30',
        [`tallyd_memory_limit_bytes${at('')}`]: '100x30',
        'process_resident_memory_bytes{job="tallyd", instance="b"}': '99x30',
      },
      at: 15,
      fires: [],
    },
    'takes the machine for the limit of a server without a container': {
      series: {
        [`ClickHouseAsyncMetrics_CGroupMemoryUsed${server}`]: '0x30',
        [`ClickHouseAsyncMetrics_CGroupMemoryTotal${server}`]: '0x30',
        [`ClickHouseAsyncMetrics_MemoryResident${server}`]: '90x30',
        [`ClickHouseAsyncMetrics_OSMemoryTotal${server}`]: '100x30',
      },
      at: 15,
      fires: [{ job: 'clickhouse', instance: 'ch:9363' }],
    },
  },
  'tallyd-disk': {
    'fires above 80 %, of the collector and of a server': {
      series: {
        [`tallyd_disk_free_bytes${at('')}`]: '19x30',
        [`tallyd_disk_size_bytes${at('')}`]: '100x30',
        [`ClickHouseAsyncMetrics_DiskUsed_default${server}`]: '81x30',
        [`ClickHouseAsyncMetrics_DiskTotal_default${server}`]: '100x30',
      },
      at: 10,
      fires: [collector, { job: 'clickhouse', instance: 'ch:9363' }],
    },
    'does not fire at 79 %, or right after the start, when nothing is measured': {
      series: {
        [`tallyd_disk_free_bytes${at('')}`]: '21x30',
        [`tallyd_disk_size_bytes${at('')}`]: '100x30',
        'tallyd_disk_size_bytes{job="tallyd", instance="b"}': '0x30',
        'tallyd_disk_free_bytes{job="tallyd", instance="b"}': '0x30',
      },
      at: 10,
      fires: [],
    },
  },
};

const missing = spawnSync('promtool', ['--version']).error !== undefined;

/** What promtool says, and whether it was content. */
function judge(
  rule: PrometheusRule,
  { series, at: minute, fires }: Case,
): { status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tallyd-promtool-'));
  const { uid, expr, fires: threshold } = rule;
  const comparison = threshold.type === 'gt' ? '>' : '<';
  writeFileSync(
    join(folder, 'rules.yml'),
    stringify({
      groups: [
        {
          name: uid,
          rules: [
            {
              alert: uid,
              expr: `(${expr}) ${comparison} ${threshold.than}`,
              for: rule.for ?? '0s',
              ...(rule.keepFiringFor !== undefined && { keep_firing_for: rule.keepFiringFor }),
            },
          ],
        },
      ],
    }),
  );
  const test = {
    interval: '1m',
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [
      {
        eval_time: `${minute}m`,
        alertname: uid,
        exp_alerts: fires.map((labels) => ({ exp_labels: labels })),
      },
    ],
  };
  writeFileSync(
    join(folder, 'test.yml'),
    stringify({ rule_files: ['rules.yml'], evaluation_interval: '1m', tests: [test] }),
  );
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', join(folder, 'test.yml')], {
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  return { status, output: stdout + stderr };
}

describe.skipIf(missing)(
  missing ? 'promtool (skipped: it is not installed; apt-get install prometheus)' : 'promtool',
  () => {
    for (const [uid, cases] of Object.entries(CASES)) {
      const rule = rules.find((one) => one.uid === uid)!;
      it.each(Object.entries(cases))(`${uid} %s`, (_, one) => {
        const { status, output } = judge(rule, one);
        expect(output).toContain('SUCCESS');
        expect(status).toBe(0);
      });
    }
  },
);

describe('the rules that ask Prometheus', () => {
  it('all have a case in which they fire and one in which they do not', () => {
    for (const { uid } of rules) {
      const counts = Object.values(CASES[uid] ?? {}).map(({ fires }) => fires.length);
      expect(counts, uid).toEqual(expect.arrayContaining([0]));
      expect(Math.max(...counts), uid).toBeGreaterThan(0);
    }
  });
});
