// Runs what a dashboard would run when somebody opens it: its variables and every panel's queries.
import { inBrowser } from './browser.mjs';

const DAY = 86_400_000;

/** @returns a sentence for every query that fails, and one when no panel at all has data. */
export async function checkQueries(grafana, dashboards) {
  const failures = [];
  let rows = 0;
  let asked = 0;
  for (const dashboard of dashboards) {
    const empty = [];
    const note = (title, { error, values }) => {
      asked++;
      rows += values.length;
      if (error) failures.push(`${dashboard.title} / ${title}: ${error}`);
      else if (values.length === 0) empty.push(title);
    };
    const variables = await openVariables(grafana, dashboard, note);
    for (const { title, target } of targetsOf(dashboard)) note(title, await run(grafana, variables, target));
    console.log(
      `${dashboard.title}: ${empty.length === 0 ? 'data everywhere' : `no data in ${empty.join(', ')}`}`,
    );
  }
  console.log(`queries: ${asked}, ${failures.length} failed, ${rows} rows`);
  if (asked === 0 || rows === 0) failures.push(`${asked} queries gave no row at all: is anything stored?`);
  return failures;
}

/** In their order, since one may use those before it; without a default the first value is chosen. */
async function openVariables(grafana, dashboard, note) {
  const variables = [];
  for (const variable of dashboard.templating?.list ?? []) {
    variables.push(variable);
    if (variable.type !== 'query' || variable.datasource?.type !== 'grafana-clickhouse-datasource') continue;
    const rawSql = typeof variable.query === 'string' ? variable.query : variable.query.rawSql;
    const target = { refId: 'A', datasource: variable.datasource, editorType: 'sql', format: 1, rawSql };
    const result = await run(grafana, variables, target);
    note(`variable ${variable.name}`, result);
    const chosen = variable.current?.value ?? '';
    if (chosen === '' && result.values.length > 0)
      variables[variables.length - 1] = { ...variable, current: { value: result.values[0] } };
  }
  return variables;
}

function targetsOf(dashboard) {
  return flat(dashboard.panels ?? []).flatMap((panel) =>
    (panel.targets ?? []).map((target) => ({
      title: panel.title || `panel ${panel.id}`,
      target: { ...target, datasource: target.datasource ?? panel.datasource },
    })),
  );
}

function flat(panels) {
  return panels.flatMap((panel) => [panel, ...flat(panel.panels ?? [])]);
}

/** @returns the first column's values of all frames, and what went wrong. */
async function run(grafana, variables, target) {
  const to = Date.now();
  const from = to - 30 * DAY;
  const query = inBrowser(target, variables, { from, to });
  const { status, body } = await grafana.post('/api/ds/query', {
    from: String(from),
    to: String(to),
    queries: [{ ...query, intervalMs: 3_600_000, maxDataPoints: 1000 }],
  });
  const result = body.results?.[target.refId];
  const error =
    result?.error ?? (status === 200 && result ? undefined : (body.message ?? `status ${status}`));
  return { error, values: (result?.frames ?? []).flatMap((frame) => frame.data?.values?.[0] ?? []) };
}
