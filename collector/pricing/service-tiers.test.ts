import { expect, it } from 'vitest';
import { bundledPriceList, type ListedModel } from './price-list.ts';
import { multipliersOf } from './service-tiers.ts';

it.each([
  ['anthropic', 'claude-opus-4-6', { fast: '6', batch: '0.5', flex: '1', priority: '1' }],
  ['anthropic', 'claude-opus-4-8', { fast: '2', batch: '0.5', flex: '1', priority: '1' }],
  ['anthropic', 'claude-sonnet-4-6', { fast: '1', batch: '0.5', flex: '1', priority: '1' }],
  ['aws', 'regional.anthropic.claude-opus-4-6-v1:0', { fast: '6', batch: '0.5', flex: '1', priority: '1' }],
  ['aws', 'amazon.nova-pro-v1:0', { fast: '1', batch: '1', flex: '1', priority: '1' }],
  ['openrouter', 'anthropic/claude-opus-4.6', { fast: '6', batch: '1', flex: '1', priority: '1' }],
  ['openrouter', 'anthropic/claude-opus-4.6-fast', { fast: '1', batch: '1', flex: '1', priority: '1' }],
  ['openai', 'gpt-5.5', { fast: '2.5', batch: '0.5', flex: '0.5', priority: '2.5' }],
  ['openai', 'gpt-5.4', { fast: '2', batch: '0.5', flex: '0.5', priority: '2' }],
  ['openai', 'gpt-5.3-codex', { fast: '2', batch: '0.5', flex: '0.5', priority: '2' }],
  ['openai', 'gpt-5.5-pro', { fast: '1', batch: '0.5', flex: '0.5', priority: '1' }],
  ['google', 'gemini-2.5-pro', { fast: '1', batch: '0.5', flex: '1', priority: '1' }],
])('multiplies %s %s', (provider, model, expected) => {
  expect(multipliersOf(provider, model)).toEqual(expected);
});

it("agrees with the list's own rows of fast Claude models", async () => {
  const models = (await bundledPriceList()).providers.get('openrouter')!.models;
  const input = (model: ListedModel): number => model.periods[0]!.prices.input_mtok as number;
  const fastOnes = models.filter(({ id }) => /^anthropic\/.*-fast$/.test(id));
  expect(fastOnes.length).toBeGreaterThan(0);
  for (const fast of fastOnes) {
    const plain = models.find(({ id }) => id === fast.id.replace(/-fast$/, ''))!;
    expect(Number(multipliersOf('openrouter', plain.id).fast), fast.id).toBe(input(fast) / input(plain));
  }
});
