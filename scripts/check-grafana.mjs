// Asks a running Grafana whether everything that was provisioned is there and works: data sources,
// dashboards, rules, contact points, and every query of every panel, through Grafana's own query API.
//
//   node --env-file=.env scripts/check-grafana.mjs
//
// GRAFANA_CHECK_URL (http://localhost:3000), GRAFANA_ADMIN_USER (admin), GRAFANA_ADMIN_PASSWORD,
// GRAFANA_CHECK_GENERATED (what must be there: grafana/generated), GRAFANA_CHECK_WAIT_SECONDS (120).
// Ends with 1 and a list of all that is wrong.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Grafana } from './check-grafana/client.mjs';
import { checkQueries } from './check-grafana/queries.mjs';

const { env } = process;
const generated =
  env.GRAFANA_CHECK_GENERATED ?? join(dirname(fileURLToPath(import.meta.url)), '../grafana/generated');
const readJson = (file) => JSON.parse(readFileSync(join(generated, file), 'utf8'));

/** Variables, and the kind of contact point that is there when one is set. */
const CONTACT_POINTS = {
  TALLYD_ALERT_SLACK_URL: 'slack',
  TALLYD_ALERT_EMAIL: 'email',
  TALLYD_ALERT_PAGERDUTY_KEY: 'pagerduty',
  TALLYD_ALERT_WEBHOOK_URL: 'webhook',
};

if (!env.GRAFANA_ADMIN_PASSWORD) {
  console.error('GRAFANA_ADMIN_PASSWORD is not set: run this with node --env-file=.env');
  process.exit(2);
}
const grafana = new Grafana({
  url: env.GRAFANA_CHECK_URL ?? 'http://localhost:3000',
  user: env.GRAFANA_ADMIN_USER ?? 'admin',
  password: env.GRAFANA_ADMIN_PASSWORD,
});
const dashboards = readdirSync(join(generated, 'dashboards'))
  .filter((file) => file.endsWith('.json'))
  .map((file) => readJson(`dashboards/${file}`));
const failures = [];
await grafana.ready(Number(env.GRAFANA_CHECK_WAIT_SECONDS ?? 120));
for (const check of [checkDatasources, checkDashboards, checkRules, checkContactPoints]) {
  try {
    failures.push(...(await check()));
  } catch (error) {
    failures.push(`${check.name}: ${error.message}`);
  }
}
failures.push(...(await checkQueries(grafana, dashboards)));
for (const failure of failures) console.error(`FAILED  ${failure}`);
console.log(failures.length === 0 ? 'Grafana: all is well.' : `Grafana: ${failures.length} failures.`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function checkDatasources() {
  const wrong = [];
  for (const uid of ['tallyd-clickhouse', 'tallyd-prometheus']) {
    const { status, body } = await grafana.get(`/api/datasources/uid/${uid}/health`);
    console.log(`data source ${uid}: ${body.status ?? status} ${body.message ?? ''}`);
    if (status !== 200 || body.status !== 'OK') wrong.push(`data source ${uid}: ${body.message ?? status}`);
  }
  return wrong;
}

async function checkDashboards() {
  const found = await grafana.json('/api/search?type=dash-db&limit=5000');
  const known = new Map(found.map((one) => [one.uid, one]));
  console.log(`dashboards: ${found.length} in Grafana, ${dashboards.length} expected`);
  return dashboards.flatMap(({ uid, title }) => {
    const there = known.get(uid);
    if (!there) return [`dashboard ${title} (${uid}) is not in Grafana`];
    return there.folderTitle ? [] : [`dashboard ${title} (${uid}) is in no folder`];
  });
}

async function checkRules() {
  const expected = readJson('alerting/rules.json').groups.flatMap(({ rules }) => rules);
  const provisioned = await grafana.json('/api/v1/provisioning/alert-rules');
  const uids = new Set(provisioned.map(({ uid }) => uid));
  const missing = expected
    .filter(({ uid }) => !uids.has(uid))
    .map(({ title, uid }) => `alert rule ${title} (${uid}) is not in Grafana`);
  const { data } = await grafana.json('/api/prometheus/grafana/api/v1/rules');
  const evaluated = data.groups.flatMap(({ rules }) => rules);
  const broken = evaluated
    .filter(({ health }) => health === 'error')
    .map(({ name, lastError }) => `alert rule ${name} cannot be evaluated: ${lastError}`);
  console.log(`alert rules: ${provisioned.length} in Grafana, ${expected.length} expected`);
  return [...missing, ...broken];
}

async function checkContactPoints() {
  const points = await grafana.json('/api/v1/provisioning/contact-points');
  const types = points.filter(({ provenance }) => provenance === 'file').map(({ type }) => type);
  console.log(`contact points from files: ${types.join(', ') || 'none'}`);
  return Object.entries(CONTACT_POINTS).flatMap(([variable, type]) => {
    if (Boolean(env[variable]) === types.includes(type)) return [];
    return [
      env[variable]
        ? `${variable} is set, but there is no contact point of type ${type}`
        : `there is a contact point of type ${type}, but ${variable} is not set`,
    ];
  });
}
