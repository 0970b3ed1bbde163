import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HELLO, helloBlock } from './hello.ts';
import { openTestEndpoint, raw, type TestEndpoint } from './testing/endpoint.ts';

let endpoint: TestEndpoint;
beforeAll(async () => {
  endpoint = await openTestEndpoint('hello');
});
afterAll(() => endpoint.close());

const ask = async (sql: string, query: string) =>
  (await raw(`${endpoint.url}/?${query}`, { body: sql })).body;
const GO = 'default_format=Native&client_protocol_version=54460';

/** Reads a block of one row in the layout of a protocol version from 54454 on. */
function read(block: Buffer): [name: string, type: string, value: string | number][] {
  let at = 8;
  const text = () => {
    const length = block[at++]!;
    return block.toString('utf8', at, (at += length));
  };
  expect([...block.subarray(0, 8)]).toEqual([1, 0, 2, 255, 255, 255, 255, 0]);
  expect([...block.subarray(at, (at += 2))]).toEqual([4, 1]);
  const columns = Array.from({ length: 4 }, (): [string, string, string | number] => {
    const name = text();
    const type = text();
    expect(block[at++]).toBe(0);
    if (type === 'String') return [name, type, text()];
    at += 4;
    return [name, type, block.readUInt32LE(at - 4)];
  });
  expect(at).toBe(block.length);
  return columns;
}

describe('the hello', () => {
  it('of clickhouse-go is answered in its layout, with the revision in which the rest will come', async () => {
    const engine = (await ask('SELECT displayName(), version()', '')).toString().trimEnd().split('\t');
    for (const sql of [
      HELLO,
      HELLO.toLowerCase().replace('displayname', 'displayName'),
      `  ${HELLO} ; -- hello`,
    ]) {
      expect(read(await ask(sql, GO))).toEqual([
        ['displayName()', 'String', engine[0]],
        ['version()', 'String', engine[1]],
        ['revision()', 'UInt32', 0],
        ['timezone()', 'String', 'UTC'],
      ]);
    }
    expect(read(await ask(HELLO, `${GO}&session_timezone=Europe/Berlin`))[3]![2]).toBe('Europe/Berlin');
  });

  it('of others gets what the engine says', async () => {
    const [, version, revision] = (await ask(HELLO, 'client_protocol_version=54460')).toString().split('\t');
    expect(version).toMatch(/^\d+\.\d+\./);
    expect(Number(revision)).toBeGreaterThan(54_000);
    const [row] = (JSON.parse((await ask(`${HELLO} FORMAT JSON`, GO)).toString()) as { data: object[] }).data;
    expect(Object.keys(row!)).toEqual(['displayName()', 'version()', 'revision()', 'timezone()']);
    const native = await ask(HELLO, 'default_format=Native');
    expect([...native.subarray(0, 2)]).toEqual([4, 1]);
  });

  it('leaves out what older protocols do not know, and writes long names whole', () => {
    const hello = { displayName: 'x'.repeat(300), version: '26.7', timezone: 'UTC' };
    const old = helloBlock(hello, 54_453);
    expect(helloBlock(hello, 54_454).length - old.length).toBe(4);
    expect(old.includes(Buffer.concat([Buffer.of(0xac, 0x02), Buffer.from('x'.repeat(300))]))).toBe(true);
  });

  it('is followed by a ping, whose column is called 1', async () => {
    expect(await ask('SELECT 1', GO)).toEqual(Buffer.from('\u0001\u0001\u00011\u0005UInt8\u0001', 'latin1'));
  });

  it('is followed by answers without rows, which have no bytes', async () => {
    const answer = await raw(`${endpoint.url}/?${GO}`, { body: 'SELECT 1 WHERE 0' });
    expect(answer).toMatchObject({ status: 200, headers: { 'content-length': '0' } });
  });
});
