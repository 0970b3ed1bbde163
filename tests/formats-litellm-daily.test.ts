/** LiteLLM's daily sums held against a generator that knows what they must add up to. */
import { describe, expect, it } from 'vitest';
import { writeExportLines } from '../collector/demo/export-lines.ts';
import {
  generateLitellmDaily,
  LITELLM_DAILY_LINES,
  LITELLM_DAILY_VARIANTS,
} from '../collector/demo/litellm-spend.ts';
import { Prng } from '../collector/demo/prng.ts';
import { writeUsageExport } from '../collector/demo/usage-export.ts';
import { expectLinesAlike } from './support/export-lines.ts';
import { describeUsageExport, expectedRows, truthsOf, useExportBench } from './support/usage-export.ts';

const bench = useExportBench('litellm-daily');
const from = Date.UTC(2030, 0, 1);
const month = { from, until: Date.UTC(2030, 1, 1) };

describe('a table of LiteLLM’s daily sums', () => {
  describeUsageExport(bench, LITELLM_DAILY_VARIANTS, generateLitellmDaily);

  it('as JSON is the same sums', async () => {
    const made = generateLitellmDaily({ seed: 'json', rows: 40, ...month });
    const table = writeUsageExport(new Prng('json'), 'export.csv', made).content;
    const texts = (['null', 'left out'] as const).map((empty) =>
      writeExportLines(made.rows, { ...LITELLM_DAILY_LINES, empty }),
    );
    await expectLinesAlike(bench, { name: 'litellm-daily-jsonl', table, texts, made });
  });

  it('exported again while its day goes on has grown, and is no second sum', async () => {
    const made = generateLitellmDaily({ seed: 'grown', rows: 12, ...month, variant: 'team_id' });
    await bench.upload(writeUsageExport(new Prng(1), 'export.csv', made).content, 'grown', 1000);
    for (const { cells, truth } of made.rows) {
      cells['prompt_tokens'] = String(Number(cells['prompt_tokens']) + 1000);
      cells['api_requests'] = String(Number(cells['api_requests']) + 10);
      truth!.input += 1000;
      truth!.requests += 10;
    }
    const later = await bench.upload(
      writeUsageExport(new Prng(2), 'export.csv', made).content,
      'grown',
      2000,
    );
    expect(later.rows).toMatchObject({ accepted: 0, revised: 12 });
    expect(await bench.stored('grown')).toEqual(expectedRows(truthsOf(made)));
  });

  it('of tags is refused, because a request with two tags would count twice', async () => {
    const made = generateLitellmDaily({ seed: 'tags', rows: 3, ...month });
    const header = made.header.map((name) => (name === 'user_id' ? 'tag' : name));
    const content = writeUsageExport(new Prng(1), 'export.csv', { ...made, header }).content;
    await expect(bench.upload(content, 'tags')).rejects.toThrow(
      /looks like a LiteLLM daily spend table, but has a column "tag".*LiteLLM_DailyUserSpend/,
    );
  });
});
