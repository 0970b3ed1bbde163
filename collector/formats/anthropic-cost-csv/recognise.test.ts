import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFile } from '../../../tests/support/read-fixture.ts';
import { openTestStore, temporaryFolder } from '../../../tests/support/store.ts';
import { generateAnthropicCost, ANTHROPIC_COST_VARIANTS } from '../../demo/anthropic-cost.ts';
import { resolveModel } from '../../pricing/model-names.ts';
import { bundledPriceList } from '../../pricing/price-list.ts';
import type { Store } from '../../store/store.ts';
import { builtInFormats } from '../index.ts';
import { recogniseSample, sampleOf } from '../recognise.ts';
import { anthropicCostCsv } from './recognise.ts';

const sample = (text: string) => sampleOf(Buffer.from(text), { name: 'cost.csv', path: '' });

describe('the recogniser of Anthropic’s costs', () => {
  it.each(ANTHROPIC_COST_VARIANTS)('knows the header of %s in any order, and nobody else does', (variant) => {
    const period = { seed: variant, from: Date.UTC(2026, 0, 1), until: Date.UTC(2026, 0, 3) };
    const { file } = generateAnthropicCost({ ...period, variant, shuffleColumns: true, extraColumns: true });
    expect(recogniseSample(sample(file.content), builtInFormats)).toEqual({ format: anthropicCostCsv });
  });

  it('says what is missing', () => {
    expect(
      recogniseSample(
        sample('usage_date_utc,model,workspace,api_key,usage_type,token_type\n'),
        builtInFormats,
      ),
    ).toMatchObject({ problem: expect.stringMatching(/has no column "cost_usd"/) as string });
  });

  it('leaves the export of usage to others', () => {
    const header =
      'usage_date_utc,model_version,api_key,workspace,usage_input_tokens_no_cache,usage_output_tokens';
    expect(anthropicCostCsv.recognise(sample(header)).is).toBe('near');
    expect(anthropicCostCsv.recognise(sample('Date,Model,Cost\n')).is).toBe('other');
  });
});

describe('the display names of Anthropic’s bills', () => {
  const folder = temporaryFolder('display-names');
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore(join(folder.path, 'store'));
  });
  afterAll(async () => {
    await store.close();
    folder.remove();
  });

  it('become ids that the price list knows for the same model, whatever comes first in them', async () => {
    const list = await bundledPriceList();
    const ids = list.providers
      .get('anthropic')!
      .models.map(({ id }) => id.replace('-latest', ''))
      .filter((id) => /^claude-([a-z]+-\d+(-\d+)?|\d+(-\d+)?-[a-z]+)$/.test(id));
    expect(ids.length).toBeGreaterThan(12);
    const names = ids.flatMap((id) => displayNames(id).map((name) => ({ id, name })));
    const rows = names.map(({ name }) => `2026-02-01,${name},Default,demo-key,message,output,1.00`);
    const path = join(folder.path, 'names.csv');
    writeFileSync(
      path,
      ['usage_date_utc,model,workspace,api_key,usage_type,token_type,cost_usd', ...rows, ''].join('\n'),
    );
    await readFile(store, path, { formats: builtInFormats, dataset: 'names' });
    const stored = await store.rows<{ model: string }>('SELECT DISTINCT model FROM tallyd.billed_costs');
    const of = (model: string) => resolveModel(list, { provider: 'anthropic', model })?.model.id;
    expect(stored.map(({ model }) => of(model)).sort()).toEqual(
      expect.arrayContaining(ids.map(of)) as string[],
    );
    expect(stored.map(({ model }) => model).filter((model) => / /.test(model))).toEqual([]);
  });
});

/** `claude-opus-4-6` is shown as "Claude Opus 4.6", and older ones as "Claude 3.5 Haiku" or "Claude Haiku 3.5". */
function displayNames(id: string): string[] {
  const words = id.split('-').slice(1);
  const family = words.find((word) => /[a-z]/.test(word))!;
  const version = words.filter((word) => /\d/.test(word)).join('.');
  const shown = `${family[0]!.toUpperCase()}${family.slice(1)}`;
  return [`Claude ${shown} ${version}`, `Claude ${version} ${shown}`];
}
