/** Helicone's exports held against a generator that knows what they must add up to. */
import { describe, expect, it } from 'vitest';
import { generateHelicone, generateHeliconeRecords, HELICONE_VARIANTS } from '../collector/demo/helicone.ts';
import { Prng } from '../collector/demo/prng.ts';
import { writeUsageExport } from '../collector/demo/usage-export.ts';
import { uploadAs } from './support/export-lines.ts';
import { describeUsageExport, expectedRows, truthsOf, useExportBench } from './support/usage-export.ts';

const bench = useExportBench('helicone-csv');

describe('a Helicone export', () => {
  describeUsageExport(bench, HELICONE_VARIANTS, generateHelicone);

  it('as JSON lines tells what was cached, beside the prompt and not within it', async () => {
    const period = { from: Date.UTC(2030, 0, 1), until: Date.UTC(2030, 1, 1) };
    const { records, truth } = generateHeliconeRecords({ seed: 'json', rows: 80, ...period });
    const text = new Prng('json')
      .shuffled(records)
      .map((record) => `${JSON.stringify(record)}\n`)
      .join('');
    const report = await uploadAs(bench, 'helicone-jsonl', text, 'json');
    expect(report.rejections).toEqual([]);
    expect(await bench.stored('json')).toEqual(expectedRows(truthsOf({ header: [], rows: truth })));
    const again = await uploadAs(bench, 'helicone-jsonl', text, 'json again', 4000);
    expect(again.rows).toMatchObject({ accepted: 0, revised: 0, duplicate: records.length });
  });

  it('cut in two halves of its lines gives the same requests as in one file', async () => {
    const period = { from: Date.UTC(2031, 0, 1), until: Date.UTC(2031, 1, 1) };
    const { records, truth } = generateHeliconeRecords({ seed: 'halves', rows: 41, ...period });
    const lines = records.map((record) => `${JSON.stringify(record)}\n`);
    for (const half of [lines.slice(15), lines.slice(0, 20)])
      expect((await uploadAs(bench, 'helicone-jsonl', half.join(''), 'halves')).rows.rejected).toBe(0);
    expect(await bench.stored('halves')).toEqual(expectedRows(truthsOf({ header: [], rows: truth })));
  });

  it('with a session among its properties belongs to that session', async () => {
    const made = generateHelicone({
      seed: 'session',
      rows: 1,
      from: Date.UTC(2032, 0, 1),
      until: Date.UTC(2032, 0, 2),
    });
    made.rows[0]!.cells['request_properties'] = '{""Helicone-Session-Id"":""s-9"",""Team"":""blue""}';
    await bench.upload(writeUsageExport(new Prng(1), 'export.csv', made).content, 'session');
    expect(
      await bench
        .store()
        .rows(`SELECT session_id, tags['Team'] AS team FROM tallyd.usage WHERE dataset = 'session'`),
    ).toEqual([{ session_id: 's-9', team: 'blue' }]);
  });
});
