/** LiteLLM's spend logs held against a generator that knows what they must add up to. */
import { describe, expect, it } from 'vitest';
import { writeExportLines } from '../collector/demo/export-lines.ts';
import {
  generateLitellmSpend,
  LITELLM_SPEND_LINES,
  LITELLM_SPEND_VARIANTS,
} from '../collector/demo/litellm-spend.ts';
import { Prng } from '../collector/demo/prng.ts';
import { writeUsageExport } from '../collector/demo/usage-export.ts';
import { expectLinesAlike } from './support/export-lines.ts';
import { describeUsageExport, useExportBench } from './support/usage-export.ts';

const bench = useExportBench('litellm-spend');

describe('a LiteLLM spend log', () => {
  describeUsageExport(bench, LITELLM_SPEND_VARIANTS, generateLitellmSpend);

  it.each(LITELLM_SPEND_VARIANTS)('of %s as JSON is the same requests as in the table', async (variant) => {
    const from = Date.UTC(2030, variant === 'iso' ? 0 : 1, 1);
    const made = generateLitellmSpend({ seed: variant, rows: 60, from, until: from + 1e9, variant });
    const table = writeUsageExport(new Prng(variant), 'export.csv', made).content;
    const texts = (['null', 'left out'] as const).map((empty) =>
      writeExportLines(made.rows, { ...LITELLM_SPEND_LINES, empty }),
    );
    // metadata as text, which drivers that know no JSON give
    texts.push(writeExportLines(made.rows, { ...LITELLM_SPEND_LINES, json: ['request_tags'] }));
    await expectLinesAlike(bench, { name: 'litellm-spend-jsonl', table, texts, made });
  });
});

describe('a request of LiteLLM', () => {
  it('whose columns do not agree with each other is rejected, and the rest of the file is read', async () => {
    const made = generateLitellmSpend({
      seed: 'bad',
      rows: 20,
      from: Date.UTC(2031, 0, 1),
      until: Date.UTC(2031, 1, 1),
    });
    const bad = made.rows.filter((_, i) => i % 5 === 0);
    for (const row of bad) row.cells['prompt_tokens'] = String(Number(row.cells['prompt_tokens']) + 1);
    const report = await bench.upload(writeUsageExport(new Prng(1), 'bad.csv', made).content, 'bad');
    expect(report.rows).toMatchObject({
      rejected: bad.length - bad.filter(({ cells }) => cells['total_tokens'] === '0').length,
    });
    expect(Object.keys(report.rejectedByReason)).toEqual(['the tokens are more than total_tokens']);
  });
});
