/** What the endpoint refuses, and that refusing it did nothing; what it answers. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestStore, quiet, temporaryFolder } from '../../../tests/support/store.ts';
import type { Store } from '../store.ts';
import { createReadEndpoint } from './endpoint.ts';

const folder = temporaryFolder('judge');
const out = join(folder.path, 'out');
let store: Store;
let url: string;
let close: () => Promise<void>;

beforeAll(async () => {
  store = await openTestStore(join(folder.path, 'store'));
  const endpoint = createReadEndpoint({ engine: store.embedded!, log: quiet });
  const listening = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${listening.address.port}/`;
  close = listening.close;
});
afterAll(async () => {
  await close();
  await store.close();
  folder.remove();
});

async function ask(sql: string, query = ''): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}?${query}`, { method: 'POST', body: sql });
  return { status: response.status, text: await response.text() };
}

/** Statements that reach beyond tallyd's tables, however they are dressed. */
const EVIL: string[] = [
  // files, by table function, scalar function and name
  `SELECT * FROM file('/etc/passwd', 'LineAsString')`,
  `SELECT * FROM FILE('/etc/passwd', 'LineAsString', 'a String')`,
  `SELECT file('/etc/passwd')`,
  `SELECT/**/file/* . */('/etc/passwd')`,
  `SELECT -- a comment\nfile # another\n ('/etc/passwd')`,
  "SELECT `file`('/etc/passwd')",
  `SELECT "file"('/etc/passwd')`,
  `SELECT \u201cfile\u201d(\u2018/etc/passwd\u2019)`,
  `SELECT\u00a0file(\u00a0'/etc/passwd')`,
  `SELECT\u2003file\u3000('/etc/passwd')`,
  `WITH f AS (SELECT file('/etc/passwd') AS t) SELECT t FROM f`,
  `WITH file('/etc/passwd') AS t SELECT t`,
  `SELECT 1 UNION ALL SELECT length(file('/etc/passwd'))`,
  `SELECT 1 WHERE 1 IN (SELECT length(file('/etc/passwd')))`,
  `SELECT (SELECT file('/etc/passwd'))`,
  `SELECT arrayMap(x -> file(x), ['/etc/passwd'])`,
  `SELECT * APPLY(file) FROM (SELECT '/etc/passwd')`,
  `SELECT COLUMNS('.') APPLY(x -> file(x)) FROM (SELECT '/etc/passwd')`,
  `SELECT * REPLACE (file('/etc/passwd') AS a) FROM (SELECT 1 AS a)`,
  `SELECT 1 AS a ORDER BY file('/etc/passwd')`,
  `SELECT 1 LIMIT length(file('/etc/passwd'))`,
  `SELECT count() OVER (PARTITION BY file('/etc/passwd')) FROM numbers(1)`,
  `SELECT a FROM (SELECT 1 AS a) ORDER BY a WITH FILL TO 3 INTERPOLATE (a AS file('x'))`,
  `SELECT * FROM view(SELECT file('/etc/passwd'))`,
  `SELECT * FROM numbers(length(file('/etc/passwd')))`,
  `SELECT 1 IN file('/etc/passwd', 'LineAsString')`,
  `SELECT 1 AS \`x\n Function sum\`, file('/etc/passwd')`,
  'SELECT * FROM default.`/etc/passwd`',
  `EXPLAIN SELECT file('/etc/passwd')`,
  `EXPLAIN SYNTAX SELECT * FROM file('/etc/passwd')`,
  `EXPLAIN ESTIMATE SELECT * FROM url('http://127.0.0.1:1/')`,
  `DESCRIBE TABLE file('/etc/passwd')`,
  `DESC (SELECT file('/etc/passwd'))`,
  `SHOW TABLES WHERE file('/etc/passwd') != ''`,
  `SHOW COLUMNS FROM usage WHERE file('/etc/passwd') != ''`,
  `SHOW TABLES LIMIT length(file('/etc/passwd'))`,
  // writing
  `SELECT 1 INTO OUTFILE '${out}'`,
  `SELECT 1 into/**/outfile '${out}' TRUNCATE FORMAT CSV`,
  `SELECT 1 INTO OUTFILE '${out}' AND STDOUT COMPRESSION 'gzip' LEVEL 3`,
  `SHOW TABLES INTO OUTFILE '${out}'`,
  `DESCRIBE usage INTO OUTFILE '${out}'`,
  `EXPLAIN SELECT 1 INTO OUTFILE '${out}'`,
  `EXPLAIN AST SELECT 1 INTO OUTFILE '${out}' FORMAT CSV`,
  `INSERT INTO FUNCTION file('${out}', 'CSV', 'a String') VALUES ('x')`,
  `INSERT INTO tallyd.settings (name, value) VALUES ('evil', 'x')`,
  `EXPLAIN PLAN INSERT INTO tallyd.settings (name, value) SELECT 'evil', 'x'`,
  `WITH x AS (SELECT 'evil') INSERT INTO tallyd.settings (name, value) SELECT *, 'x' FROM x`,
  // the network
  `SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')`,
  `SELECT * FROM remote('127.0.0.1:1', system.one)`,
  `SELECT * FROM s3('http://127.0.0.1:1/a', 'CSV')`,
  `SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')`,
  `SELECT * FROM cluster('default', system.one)`,
  `SELECT * FROM executable('a.sh', 'CSV', 'a String')`,
  `SELECT hasColumnInTable('127.0.0.1:1', 'u', 'p', 'system', 'one', 'dummy')`,
  `SELECT catboostEvaluate('/etc/passwd', 1)`,
  `EXPLAIN TABLE OVERRIDE mysql('127.0.0.1:1', 'a', 'b', 'c', 'd') PARTITION BY x`,
  // other tables
  `SELECT * FROM system.processes`,
  'SELECT * FROM `system`.`processes`',
  `SELECT * FROM system . processes`,
  `SELECT 1 IN system.processes`,
  `SELECT * FROM system.query_log`,
  `SELECT * FROM information_schema.tables`,
  `SELECT * FROM INFORMATION_SCHEMA.TABLES`,
  `DESCRIBE system.processes`,
  `SELECT * FROM merge('system', 'processes')`,
  `SELECT * FROM loop(system.processes)`,
  `SELECT * FROM dictionary('system.x')`,
  `SELECT dictGet('system.processes', 'a', 1)`,
  `SELECT dictGet(concat('tally', 'd.rate_of'), 'a', 1)`,
  `SELECT joinGet('system.processes', 'a', 1)`,
  `SELECT * FROM viewIfPermitted(SELECT * FROM system.processes ELSE null('a UInt8'))`,
  `SHOW PROCESSLIST`,
  `SHOW GRANTS`,
  `SHOW USERS`,
  // time and settings
  `SELECT sleep(3)`,
  `SELECT SleepEachRow(0.1) FROM numbers(100)`,
  `SELECT logTrace('x')`,
  `SELECT 1 SETTINGS max_threads = 1`,
  `SELECT * FROM (SELECT 1 SETTINGS readonly = 0)`,
  `SELECT 1 FORMAT JSON SETTINGS readonly = 0`,
  `SET readonly = 0`,
  `USE system`,
  `KILL QUERY WHERE 1`,
  `SYSTEM SHUTDOWN`,
  `SYSTEM DROP DNS CACHE`,
  `BACKUP DATABASE tallyd TO File('${out}')`,
  `CREATE TABLE tallyd.evil (a UInt8) ENGINE = Memory`,
  `CREATE TEMPORARY TABLE evil (a UInt8)`,
  `CREATE FUNCTION evil AS x -> x`,
  `ATTACH TABLE tallyd.evil`,
  `DROP TABLE tallyd.usage_events`,
  `TRUNCATE TABLE tallyd.usage_events`,
  `ALTER TABLE tallyd.usage_events DELETE WHERE 1`,
  `OPTIMIZE TABLE tallyd.usage_events`,
  `RENAME TABLE tallyd.settings TO tallyd.evil`,
  `GRANT ALL ON *.* TO default`,
  `CHECK TABLE tallyd.usage_events`,
  `BEGIN TRANSACTION`,
  `EXECUTE AS root SELECT 1`,
  `SELECT 1 PARALLEL WITH DROP TABLE tallyd.usage_events`,
  // several statements
  `SELECT 1; SELECT 2`,
  `SELECT 1; DROP TABLE tallyd.settings`,
  `SELECT 1; SELECT 1 INTO OUTFILE '${out}'`,
  `SELECT ';' ; /* ; */ SELECT file('/etc/passwd')`,
  `SELECT $x$ ; $x$; SELECT sleep(1)`,
  `SELECT 1;;SELECT 1 INTO OUTFILE '${out}';`,
  `INSERT INTO tallyd.settings (name, value) VALUES ('a;', 'b'); SELECT 1 INTO OUTFILE '${out}'`,
  `SELECT formatQuery('SELECT 1'); SELECT 1`,
  `') ; SELECT 1 INTO OUTFILE '${out}' -- `,
  `\\') ; SELECT 1 INTO OUTFILE '${out}' -- `,
];

const KIND: string[] = [
  `SELECT 1`,
  `select 1;`,
  `SELECT 1 ; -- done`,
  `(SELECT 1) UNION ALL (SELECT 2)`,
  `FROM tallyd.usage SELECT count()`,
  `SELECT count() FROM usage`,
  'SELECT count(), sum(total_tokens) FROM `tallyd`.`usage` WHERE ts >= toDateTime(0) AND ts <= now()',
  `SELECT toStartOfInterval(toDateTime(ts), INTERVAL 60 second) AS time, model, sum(cost_usd) FROM tallyd.usage GROUP BY time, model ORDER BY time`,
  `SELECT quantilesTDigestMerge(0.5, 0.95)(tokens_quantiles) FROM tallyd.usage_hourly`,
  `SELECT * FROM tallyd.sessions LIMIT 3`,
  `SELECT * FROM tallyd.blocks`,
  `SELECT * FROM tallyd.rejected_records FINAL`,
  `SELECT * FROM tallyd.uploads`,
  `SELECT * FROM tallyd.tailed_files`,
  `SELECT * FROM tallyd.model_prices`,
  `SELECT dictGet('tallyd.rate_of', 'rate', ('anthropic', 'x'), now64(3))`,
  `SELECT dictGetOrDefault(tallyd.rate_of, 'rate', ('anthropic', 'x'), now64(3), 0)`,
  `WITH d AS (SELECT toDate(ts) AS day, sum(cost_usd) AS c FROM tallyd.usage GROUP BY day) SELECT day, sum(c) OVER (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) FROM d`,
  `WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT sum(i) FROM n`,
  `SELECT lagInFrame(ts) OVER w, row_number() OVER w FROM tallyd.usage WINDOW w AS (PARTITION BY model ORDER BY ts)`,
  `SELECT tags['branch'], mapKeys(tags), arrayMap(x -> upper(x), [model]) FROM tallyd.usage ARRAY JOIN mapKeys(tags) AS k`,
  `SELECT u.model IN (SELECT model FROM tallyd.model_prices) FROM tallyd.usage AS u LEFT JOIN tallyd.sessions AS s USING (session_id)`,
  `SELECT * EXCEPT (tags) FROM tallyd.usage`,
  `SELECT COLUMNS('tokens') FROM tallyd.usage`,
  `SELECT sumIf(total_tokens, status = 'ok'), uniqExactIf(model, 1), argMaxOrNull(model, ts), countDistinct(user) FROM tallyd.usage`,
  `SELECT CASE WHEN status = 'ok' THEN 1 ELSE 0 END, CAST(cost_usd AS Float64), cost_usd::String, extract(YEAR FROM ts), formatReadableSize(1) FROM tallyd.usage`,
  `SELECT number, exists(SELECT 1), number BETWEEN 1 AND 2 FROM numbers(3) WHERE number IN (1, 2) ORDER BY number WITH FILL LIMIT 1 BY number`,
  `SELECT * FROM VALUES('a UInt8, b String', (1, 'x'))`,
  `SELECT * FROM system.one`,
  `SELECT name FROM system.tables WHERE database = 'tallyd'`,
  `SELECT version(), displayName(), timezone(), currentDatabase(), hostName(), getSetting('max_threads')`,
  `SELECT 'INTO OUTFILE; SETTINGS a', 'file(' AS \`APPLY INTO OUTFILE\``,
  `SHOW TABLES FROM tallyd LIKE 'usage%'`,
  `SHOW DATABASES`,
  `SHOW CREATE TABLE tallyd.usage_events`,
  `SHOW COLUMNS FROM usage`,
  `DESCRIBE TABLE tallyd.usage`,
  `DESC (SELECT 1 AS a)`,
  `EXISTS TABLE tallyd.usage`,
  `EXPLAIN SELECT count() FROM tallyd.usage`,
  `EXPLAIN indexes = 1, header = 1 SELECT count() FROM tallyd.usage`,
  `EXPLAIN PIPELINE SELECT 1`,
  `SELECT 1 FORMAT JSON`,
];

describe('the read endpoint', () => {
  it.each(EVIL)('refuses %s', async (sql) => {
    const { status, text } = await ask(sql);
    expect(text).toMatch(/^Code: (?:497|62|36)\. DB::Exception: /);
    expect(status).toBe(text.startsWith('Code: 497') ? 403 : 400);
    expect(text).not.toContain('root:');
  });

  it('did nothing of what it refused', async () => {
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(folder.path)).toEqual(['store']);
    expect(await store.rows("SELECT * FROM tallyd.settings WHERE name LIKE '%evil%'")).toEqual([]);
    expect(await store.rows("SELECT name FROM system.tables WHERE name LIKE '%evil%'")).toEqual([]);
    expect((await ask("SELECT value FROM system.settings WHERE name = 'readonly'")).text).toBe('1\n');
    expect((await ask('SELECT currentDatabase()')).text).toBe('tallyd\n');
  });

  it.each(KIND)('answers %s', async (sql) => {
    const { status, text } = await ask(sql);
    expect(status, text).toBe(200);
  });

  it('judges the names that parameters stand for', async () => {
    const table = (name: string) =>
      ask('SELECT count() FROM {t:Identifier}', `param_t=${encodeURIComponent(name)}`);
    expect(await table('usage')).toEqual({ status: 200, text: '0\n' });
    expect((await table('system.processes')).text).toContain('Code: 497');
    expect((await table('usage\n Function sum')).text).toContain('Code: 36');
    const twoParts = await ask(
      'SELECT 1 FROM {d:Identifier}.{t:Identifier}',
      'param_d=system&param_t=processes',
    );
    expect(twoParts.text).toContain('Code: 497');
    expect((await ask('SELECT dictGet({d:String}, 1, 1)', 'param_d=system.x')).text).toContain('Code: 497');
  });

  it('does not know files by their names as tables', async () => {
    expect(await ask('SELECT * FROM `/etc/passwd`')).toMatchObject({ status: 404 });
  });

  it('judges names without a database by the database that was asked for', async () => {
    expect(await ask('SELECT count() FROM one', 'database=system')).toEqual({ status: 200, text: '1\n' });
    for (const sql of [
      'SELECT * FROM processes',
      'SELECT 1 IN processes',
      'WITH processes AS (SELECT 1) SELECT * FROM processes',
    ])
      expect((await ask(sql, 'database=system')).text).toContain('Code: 497');
    expect((await ask('SELECT 1', 'database=default2')).status).toBe(404);
  });

  it('lets no function pass only because its name ends like a combinator', async () => {
    const suspicious = await store.rows<{ name: string }>(
      `SELECT name FROM system.functions WHERE alias_to = '' AND categories IN ('', 'Other', 'Internal', 'Introspection', 'AI', 'Machine Learning', 'Embedded Dictionary', 'Time Series')`,
    );
    const passed: string[] = [];
    for (const { name } of suspicious) {
      const { text } = await ask(`EXPLAIN AST SELECT \`${name}\`()`);
      if (!text.startsWith('Code: 497')) passed.push(name.toLowerCase());
    }
    const { OTHER_FUNCTIONS } = await import('./allowed.ts');
    expect(passed.filter((name) => !(OTHER_FUNCTIONS as readonly string[]).includes(name))).toEqual([]);
  });
});
