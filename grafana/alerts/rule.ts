/**
 * An alert rule as the topics here write it, and what Grafana's API takes. Every rule is a query A, its
 * reduction B and a threshold C; each row (or series) that A gives is an instance of its own, with the
 * text columns as its labels.
 */
import {
  QueryBuilder,
  type Rule,
  RuleBuilder,
  type RuleGroup,
  RuleGroupBuilder,
} from '@grafana/grafana-foundation-sdk/alerting';
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { TypeReduceBuilder, TypeThresholdBuilder } from '@grafana/grafana-foundation-sdk/expr';
import { clickhouse, prometheus } from '../sdk/datasources.ts';
import { promInstant, sqlTarget } from '../sdk/query.ts';
import { type PanelRef, panelId } from './panel.ts';
import { runbookPath } from './runbooks.ts';

/** critical: somebody must act now; warning: today; info: good to know. */
export type Severity = 'critical' | 'warning' | 'info';

interface Common {
  /** Stable, at most 40 characters; the runbook's name. */
  uid: string;
  title: string;
  severity: Severity;
  /** Where one looks first. */
  panel: PanelRef;
  /** What to do, in one sentence. May hold `{{ $labels.x }}`. */
  summary: string;
  /** The numbers. `$values.B.Value` is the rule's, `$values.NAME.Value` that of a fact. */
  description: string;
  /** How long the condition must hold. @default at once */
  for?: string;
  /** How long it goes on after the condition ends, so that it does not flap. @default not at all */
  keepFiringFor?: string;
  /** @default OK: rows that are not there are nothing to tell of */
  noData?: Rule['noDataState'];
  /** @default KeepLast: that a data source does not answer is told by one rule of its own */
  onError?: Rule['execErrState'];
}

/** Asks ClickHouse: text columns and one number, which is 1 where the rule begins to fire. */
export interface SqlRule extends Common {
  sql: string;
  /** More numbers for the description, by name: statements with the same text columns. */
  facts?: Readonly<Record<string, string>>;
}

/** Asks Prometheus: one number per series. */
export interface PrometheusRule extends Common {
  expr: string;
  fires: { type: 'gt' | 'lt'; than: number };
}

export type AlertRule = SqlRule | PrometheusRule;

export interface AlertGroup {
  name: string;
  /** Seconds between evaluations; a multiple of 10. */
  interval: number;
  rules: readonly AlertRule[];
}

/**
 * What B and C compare with when a rule asks ClickHouse: the statement divides by its limit, so 1 is
 * the limit reached. `gt` is the one comparison upwards that every Grafana has (some refuse `gte`), and
 * six decimals are what every Grafana keeps of a number here; a millionth early is no difference.
 */
const AT_THE_LIMIT = { type: 'gt', params: [0.999999] } as const;

/** Finds a panel's number; the second argument is the title of the rule that asks. */
export type FindPanel = (panel: PanelRef, rule: string) => number;

/** Builds a group as Grafana's API has it. @throws Error when a rule's panel does not exist. */
export function buildGroup({ name, interval, rules }: AlertGroup, find: FindPanel = panelId): RuleGroup {
  const builders = rules.map((rule) => builderOf(rule, find));
  return new RuleGroupBuilder(name).interval(interval).rules(builders).build();
}

function builderOf(rule: AlertRule, find: FindPanel): Builder<Rule> {
  const builder = new RuleBuilder(rule.title)
    .uid(rule.uid)
    .condition('C')
    .queries([...sourceQueries(rule), expression('B', reduce), expression('C', thresholdOf(rule))])
    .noDataState(rule.noData ?? 'OK')
    .execErrState(rule.onError ?? 'KeepLast')
    .forDuration(rule.for ?? '0s')
    .labels({ service: 'tallyd', severity: rule.severity })
    .annotations({
      summary: rule.summary,
      description: rule.description,
      runbook_url: runbookPath(rule.uid),
      __dashboardUid__: rule.panel.dashboard,
      __panelId__: String(find(rule.panel, rule.title)),
    });
  if (rule.keepFiringFor !== undefined) builder.keepFiringFor(rule.keepFiringFor);
  return builder;
}

/** Rules look at the server's clock; the range only has to be a valid one. */
const RANGE = { from: 600, to: 0 };

function sourceQueries(rule: AlertRule): QueryBuilder[] {
  if ('expr' in rule) return [source('A', prometheus.uid, promInstant(rule.expr, '').build())];
  const statements = { A: rule.sql, ...rule.facts };
  return Object.entries(statements).map(([refId, sql]) =>
    source(refId, clickhouse.uid, sqlTarget(sql, 'table', refId).build()),
  );
}

function source(refId: string, datasourceUid: string, model: Dataquery): QueryBuilder {
  return new QueryBuilder(refId)
    .datasourceUid(datasourceUid)
    .relativeTimeRange(RANGE)
    .model({ build: () => model });
}

/** Rows have one value already; of a series the last. What is no number is left out. */
const reduce = new TypeReduceBuilder()
  .refId('B')
  .expression('A')
  .reducer('last')
  .settings({ mode: 'dropNN' });

function thresholdOf(rule: AlertRule): Builder<Dataquery> {
  const evaluator =
    'expr' in rule
      ? { type: rule.fires.type, params: [rule.fires.than] }
      : { type: AT_THE_LIMIT.type, params: [...AT_THE_LIMIT.params] };
  return new TypeThresholdBuilder().refId('C').expression('B').conditions([{ evaluator }]);
}

function expression(refId: string, model: Builder<Dataquery>): QueryBuilder {
  return new QueryBuilder(refId).datasourceUid('__expr__').model(model);
}
