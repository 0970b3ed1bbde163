// The summary: a page that a person reads, and JSON for the rest.
/* global __ENV */

/** For k6's `handleSummary`; K6_SUMMARY_JSON names the file of the JSON. */
export function handleSummary(data) {
  const name = __ENV.TALLYD_SCENARIO || 'load';
  const summary = summaryOf(name, data);
  const output = { stdout: textOf(summary) };
  if (__ENV.K6_SUMMARY_JSON) output[__ENV.K6_SUMMARY_JSON] = `${JSON.stringify(summary, undefined, 2)}\n`;
  return output;
}

function summaryOf(name, { metrics, state }) {
  const count = (metric) => (metrics[metric] ? metrics[metric].values.count : 0);
  const times = {};
  for (const [metric, { values }] of Object.entries(metrics)) {
    const tag = /^http_req_duration\{name:(.+)\}$/.exec(metric);
    if (tag) times[tag[1]] = { median: values.med, p95: values['p(95)'], max: values.max };
  }
  const failed = Object.entries(metrics).flatMap(([metric, { thresholds = {} }]) =>
    Object.entries(thresholds)
      .filter(([, { ok }]) => !ok)
      .map(([threshold]) => `${metric}: ${threshold}`),
  );
  return {
    scenario: name,
    passed: failed.length === 0,
    failedThresholds: failed,
    seconds: state.testRunDurationMs / 1000,
    requests: count('http_reqs'),
    failedRequests: metrics.http_req_failed ? metrics.http_req_failed.values.passes : 0,
    turnedAway: count('tallyd_uploads_turned_away'),
    sentBytes: count('data_sent'),
    records: {
      written: count('tallyd_records_written'),
      stored: count('tallyd_records_stored'),
      lost: Math.max(0, count('tallyd_records_lost')),
      // stored, while whoever sent them was gone or told nothing
      unanswered: Math.max(0, -count('tallyd_records_lost')),
      doubled: count('tallyd_records_doubled'),
    },
    milliseconds: times,
  };
}

function textOf(summary) {
  const { records, milliseconds } = summary;
  const megabytes = (summary.sentBytes / 1e6).toFixed(1);
  const lines = [
    '',
    `${summary.scenario}: ${summary.passed ? 'passed' : 'FAILED'} in ${summary.seconds.toFixed(1)} s`,
    '',
    `  requests    ${summary.requests}, of which ${summary.failedRequests} failed and ${summary.turnedAway} were told to come again`,
    `  sent        ${megabytes} MB, ${(summary.sentBytes / 1e6 / summary.seconds).toFixed(1)} MB/s`,
    `  records     ${records.written} written, ${records.stored} stored, ${records.lost} lost, ${records.doubled} doubled${records.unanswered > 0 ? `; ${records.unanswered} stored without an answer` : ''}`,
    ...Object.entries(milliseconds).map(
      ([name, { median, p95, max }]) =>
        `  ${name.padEnd(11)} median ${median.toFixed(0)} ms, 95 % within ${p95.toFixed(0)} ms, slowest ${max.toFixed(0)} ms`,
    ),
    ...summary.failedThresholds.map((threshold) => `  not met     ${threshold}`),
    '',
  ];
  return `${lines.join('\n')}\n`;
}
