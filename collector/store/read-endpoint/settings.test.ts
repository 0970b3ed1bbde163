/** Settings in the URL, and the one that may stand in a statement. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openTestEndpoint, raw, type TestEndpoint } from './testing/endpoint.ts';

let endpoint: TestEndpoint;

beforeAll(async () => {
  endpoint = await openTestEndpoint('settings');
  await endpoint.store.command(
    `INSERT INTO tallyd.generations (generation, dataset, state) VALUES (1, 'home', 'live')`,
  );
  await endpoint.store.command(
    `INSERT INTO tallyd.usage_events (ts, event_id, generation, source, dataset, grain, requests, provider, model, status, input_tokens, version) ` +
      `SELECT toDateTime64('2026-05-01 00:00:00', 3, 'UTC') + number, number, 1, 'test', 'home', 'request', 1, 'anthropic', ` +
      `['opus', 'sonnet', 'it''s \\\\ odd'][number % 3 + 1], 'ok', number, 1 FROM numbers(30)`,
  );
});
afterAll(() => endpoint.close());

async function ask(sql: string, query = '', at = endpoint.url): Promise<{ status: number; text: string }> {
  const { status, body } = await raw(`${at}/?${query}`, { body: sql });
  return { status, text: body.toString() };
}

describe('settings in the URL', () => {
  it('cut an answer at a row limit, whatever the statement is', async () => {
    const rows = async (sql: string, query: string) => (await ask(sql, query)).text.split('\n').length - 1;
    expect(await rows('SELECT number FROM numbers(10)', 'limit=3')).toBe(3);
    expect(await rows('SELECT number FROM numbers(10)', 'limit=3&offset=8')).toBe(2);
    expect(await rows('SELECT number FROM numbers(10) LIMIT 2', 'limit=3')).toBe(2);
    expect(await rows('SELECT number FROM numbers(10)', 'limit=0')).toBe(10);
    expect(await rows('SELECT count() FROM (SELECT number FROM numbers(10))', 'limit=3')).toBe(1);
    expect((await ask('SELECT number FROM numbers(10) ORDER BY number DESC', 'limit=2')).text).toBe('9\n8\n');
  });

  it('do not stay for the next one', async () => {
    const one = await endpoint.another({ connections: 1 });
    for (const limit of [3, 2, 3]) {
      expect(
        (await ask('SELECT number FROM numbers(10)', `limit=${limit}`, one)).text.split('\n'),
      ).toHaveLength(limit + 1);
      expect((await ask('SELECT count() FROM (SELECT * FROM numbers(10))', '', one)).text).toBe('10\n');
      expect((await ask('SELECT number FROM numbers(10)', '', one)).text.split('\n')).toHaveLength(11);
    }
  });

  it('do not keep anything from the judge', async () => {
    const far = `SELECT ${Array.from({ length: 50 }, (_, i) => i).join(', ')}, file('/etc/passwd')`;
    for (const query of ['limit=1', 'limit=1&offset=1000', 'max_result_rows=1&result_overflow_mode=break'])
      expect((await ask(far, query)).text).toContain('Code: 497');
  });

  it('lower the number of rows at which an answer fails, and never raise it', async () => {
    const low = await endpoint.another({ limits: { resultRows: 100 } });
    expect((await ask('SELECT number FROM numbers(70)', 'max_result_rows=50')).status).toBe(413);
    expect((await ask('SELECT number FROM numbers(70)', 'max_result_rows=50', low)).status).toBe(413);
    expect((await ask('SELECT number FROM numbers(70)', 'max_result_rows=1000', low)).status).toBe(200);
    expect((await ask('SELECT number FROM numbers(170)', 'max_result_rows=1000', low)).status).toBe(413);
    expect((await ask('SELECT number FROM numbers(170)', 'max_result_rows=0', low)).status).toBe(413);
  });

  it('shorten the time that a statement may take, and never lengthen it', async () => {
    const slow = 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1';
    const began = Date.now();
    const short = await ask(slow, 'max_execution_time=0.5');
    expect(short.status).toBe(408);
    expect(short.text).toMatch(/^Code: 159\. DB::Exception: .*0\.5 seconds.*\(TIMEOUT_EXCEEDED\)\n$/);
    expect(Date.now() - began).toBeLessThan(5000);
    const quick = await endpoint.another({ limits: { seconds: 1 } });
    expect((await ask(slow, 'max_execution_time=600', quick)).status).toBe(408);
    await vi.waitUntil(
      async () =>
        (
          await endpoint.store.rows(
            "SELECT 1 FROM system.processes WHERE query LIKE 'SELECT count() FROM numbers(1%'",
          )
        ).length === 0,
    );
  });

  it('say how times and large numbers are written', async () => {
    const sql = 'SELECT toDateTime(1777593600) AS t, toUInt64(1) AS n FORMAT JSONEachRow';
    expect(JSON.parse((await ask(sql, 'session_timezone=Asia/Tokyo')).text)).toEqual({
      t: '2026-05-01 09:00:00',
      n: 1,
    });
    expect(
      JSON.parse(
        (await ask(sql, 'date_time_output_format=iso&output_format_json_quote_64bit_integers=1')).text,
      ),
    ).toEqual({ t: '2026-05-01T00:00:00Z', n: '1' });
    expect((await ask('SELECT 1', 'session_timezone=Nowhere/Atall')).status).toBe(400);
  });

  it('are ignored where they are not known here, and where they would loosen something', async () => {
    const query = 'readonly=0&max_threads=1000&max_memory_usage=0&log_comment=x&nonsense=1&max_block_size=1';
    expect(
      await ask(
        "SELECT value FROM system.settings WHERE name IN ('readonly', 'max_block_size') ORDER BY name",
        query,
      ),
    ).toEqual(
      await ask(
        "SELECT value FROM system.settings WHERE name IN ('readonly', 'max_block_size') ORDER BY name",
      ),
    );
    expect((await ask('DROP TABLE tallyd.usage_events', query)).status).toBe(403);
  });

  it.each([
    'limit=x',
    'limit=1,readonly=0',
    'limit=-1',
    "result_overflow_mode=break', readonly='0",
    "session_timezone=UTC', readonly='0",
    'max_execution_time=soon',
    'join_use_nulls=2',
  ])('that cannot be read are an error: %s', async (query) => {
    const [name, value] = query.split(/=(.*)/s) as [string, string];
    const answer = await ask('SELECT 1', `${name}=${encodeURIComponent(value)}`);
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.text).toMatch(new RegExp(`^Code: 72\\. DB::Exception: ${name}=`));
  });
});

describe('parameters', () => {
  it('do not stay for the next one', async () => {
    const one = await endpoint.another({ connections: 1 });
    expect((await ask('SELECT {a:UInt8}', 'param_a=5', one)).text).toBe('5\n');
    expect((await ask('SELECT {a:UInt8}', '', one)).text).toContain('Code: 456');
    expect((await ask('SELECT {a:UInt8}', 'param_b=5', one)).text).toContain('Code: 456');
    expect((await ask("SELECT '{a:UInt8}'", '', one)).text).toBe('{a:UInt8}\n');
  });

  it('work with settings, and keep what they are', async () => {
    const value = "x', readonly='0 \\\\ \\' {a:UInt8}";
    const answer = await ask(
      'SELECT {a:String} FROM numbers(5)',
      `limit=1&param_a=${encodeURIComponent(value)}`,
    );
    expect(answer).toEqual({ status: 200, text: "x\\', readonly=\\'0 \\\\ \\' {a:UInt8}\n" });
    expect((await ask('SELECT 1', 'param_a%3D1%2C%20readonly=0')).text).toBe('1\n');
  });
});

describe('the filters of tables that Grafana sends', () => {
  const models = async (clause: string, from = 'tallyd.usage') =>
    (await ask(`SELECT model, count() FROM ${from} GROUP BY model ORDER BY model ${clause}`)).text;

  it('filter views and tables, by each way of naming them', async () => {
    const only = "settings additional_table_filters={'tallyd.usage' : ' model = \\'opus\\' '}";
    expect(await models(only)).toBe('opus\t10\n');
    expect(await models("SETTINGS additional_table_filters={'usage': 'model = \\'opus\\''}", 'usage')).toBe(
      'opus\t10\n',
    );
    expect(await models(`FORMAT TSV ${only}`)).toBe('opus\t10\n');
    expect(await models(`${only} FORMAT TSV`)).toBe('opus\t10\n');
    expect(await models('settings additional_table_filters={}')).toContain('opus\t10\nsonnet\t10\n');
  });

  it('take the operators and values that the editor writes', async () => {
    const count = async (condition: string) =>
      (
        await ask(
          `SELECT count() FROM tallyd.usage settings additional_table_filters={'tallyd.usage' : '${condition}'}`,
        )
      ).text;
    expect(await count(" model IN (\\'opus\\', \\'sonnet\\') ")).toBe('20\n');
    expect(await count(" model REGEXP \\'^o\\'  AND input_tokens > \\'5\\' ")).toBe('8\n');
    expect(await count(" model ILIKE \\'%ONN%\\' ")).toBe('10\n');
    expect(await count(" model = \\'it\\\\\\'s \\\\\\\\ odd\\' ")).toBe('10\n');
    expect(await count(" tags[\\'branch\\'] = \\'main\\' ")).toBe('0\n');
  });

  it('do not stay for the next one', async () => {
    const one = await endpoint.another({ connections: 1 });
    const count = 'SELECT count() FROM tallyd.usage';
    const filtered = `${count} SETTINGS additional_table_filters={'tallyd.usage': 'model = \\'opus\\''}`;
    for (let i = 0; i < 2; i++) {
      expect((await ask(filtered, '', one)).text).toBe('10\n');
      expect((await ask(count, '', one)).text).toBe('30\n');
    }
  });

  const clause = (map: string) => `SELECT count() FROM tallyd.usage SETTINGS additional_table_filters=${map}`;
  it.each([
    clause(`{'tallyd.usage': 'file(\\'/etc/passwd\\') != \\'\\''}`),
    clause(`{'tallyd.usage': 'model IN (SELECT file(\\'/etc/passwd\\'))'}`),
    clause(`{'tallyd.usage': 'model IN file(\\'/etc/passwd\\', \\'LineAsString\\')'}`),
    clause(`{'tallyd.usage': 'model IN system.processes'}`),
    clause(`{'tallyd.usage': 'model IN (SELECT model FROM tallyd.usage)'}`),
    clause(`{'tallyd.usage': '1) UNION ALL SELECT length(file(\\'/etc/passwd\\')) WHERE (1'}`),
    clause(`{'tallyd.usage': '1 -- \\n'}`).replace('1 --', 'sleep(1) = 0 --'),
    clause(`{'tallyd.usage': '1'}, max_threads=1`),
    clause(`{'tallyd.usage': '1'}`).replace('SETTINGS', 'SETTINGS readonly=0,'),
    clause(`{'system.processes': '1'}`),
    clause(`{'functions\\'': '1'}`),
    clause(`{'tallyd.usage': '1 SETTINGS readonly = 0'}`),
    `SELECT * FROM (${clause("{'tallyd.usage': '1'}")})`,
    `DESCRIBE (${clause("{'tallyd.usage': '1'}")})`,
    `EXPLAIN ${clause("{'tallyd.usage': '1'}")}`,
    `SELECT 1 INTO OUTFILE '/tmp/x' SETTINGS additional_table_filters={}`,
  ])('are judged like statements: %s', async (sql) => {
    const { status, text } = await ask(sql);
    expect(text).toMatch(/^Code: (?:497|62)\. DB::Exception: /);
    expect(status).toBe(text.startsWith('Code: 497') ? 403 : 400);
  });

  it.each(['1) GROUP BY (1', '1), (2', '', '1) FORMAT JSON --'])(
    'are conditions and nothing else: %s',
    async (condition) => {
      const { status } = await ask(clause(`{'tallyd.usage': '${condition}'}`));
      expect(status).toBeGreaterThanOrEqual(400);
    },
  );

  it('are not looked for in texts and names', async () => {
    const like = ' SETTINGS additional_table_filters = {';
    expect((await ask(`SELECT '${like}\\'a\\':\\'b\\'}' AS s`)).text).toBe(`${like}\\'a\\':\\'b\\'}\n`);
    expect((await ask(`SELECT 1 AS \`${like}'a':'b'}\` FORMAT CSVWithNames`)).text).toBe(
      `"${like}'a':'b'}"\n1\n`,
    );
  });
});
