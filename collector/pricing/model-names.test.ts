import { beforeAll, describe, expect, it } from 'vitest';
import { resolveModel } from './model-names.ts';
import { bundledPriceList, parsePriceList, type PriceList } from './price-list.ts';

let list: PriceList;
beforeAll(async () => {
  list = await bundledPriceList();
});

/** `provider/model` of the list, and the speed where the name says one. */
function found(model: string, provider = ''): string | undefined {
  const resolved = resolveModel(list, { provider, model });
  if (!resolved) return undefined;
  const speed = resolved.speed === 'standard' ? '' : ` ${resolved.speed}`;
  return `${resolved.provider} ${resolved.model.id}${speed}`;
}

describe('a model name finds its price', () => {
  it.each([
    ['claude-opus-4-5-20251101', 'anthropic claude-opus-4-5'],
    ['claude-opus-4', 'anthropic claude-opus-4-0'],
    ['claude-opus-4-20250514', 'anthropic claude-opus-4-0'],
    ['claude-sonnet-4-20250514', 'anthropic claude-sonnet-4-0'],
    ['claude-opus-4-6[1m]', 'anthropic claude-opus-4-6'],
    ['claude-opus-5-5', 'anthropic claude-opus-5-5'],
    ['Claude Opus 4.6', 'anthropic claude-opus-4-6'],
    ['claude-haiku-4.5', 'anthropic claude-haiku-4-5'],
    ['claude-fable-5.1', 'anthropic claude-fable-5-1'],
    ['gpt-5', 'openai gpt-5'],
    ['gpt-5.5', 'openai gpt-5.5'],
    ['gpt-5.1-codex-max', 'openai gpt-5.1'],
    ['o3-mini-high', 'openai o3-mini'],
    ['gemini-3-pro-preview', 'google gemini-3-pro-preview'],
    ['gemini-3-pro', 'google gemini-3-pro-preview'],
    ['gemini-2.5-pro-preview-05-06', 'google gemini-2.5-pro'],
    ['gemini-2.0-flash-001', 'google gemini-2.0-flash'],
    ['grok-code-fast-1', 'x-ai grok-code-fast-1'],
    ['grok-4-fast-reasoning', 'x-ai grok-4-fast-reasoning'],
    ['deepseek-chat', 'deepseek deepseek-chat'],
    ['kimi-k2-thinking', 'moonshotai kimi-k2-thinking'],
    ['glm-5.2', 'zai GLM-5.2'],
    ['glm-4.6', 'openrouter z-ai/glm-4.6'],
    ['qwen3-coder-plus', 'openrouter qwen/qwen3-coder-plus'],
    ['composer-2.5', 'cursor composer-2.5'],
    ['composer-2.5-fast', 'cursor composer-2.5-fast'],
  ])('as it stands: %s', (name, expected) => {
    expect(found(name)).toBe(expected);
  });

  it.each([
    ['claude-4.5-opus-high-thinking', 'anthropic claude-opus-4-5'],
    ['claude-4-sonnet-thinking', 'anthropic claude-sonnet-4-0'],
    ['claude-4-sonnet-1m-thinking', 'anthropic claude-sonnet-4-0'],
    ['claude-4.5-sonnet-thinking', 'anthropic claude-sonnet-4-5'],
    ['claude-4.6-opus-max-thinking-fast', 'anthropic claude-opus-4-6 fast'],
    ['claude-opus-4-6-fast', 'anthropic claude-opus-4-6 fast'],
    ['gpt-5.1-codex-max-high', 'openai gpt-5.1'],
    ['gpt-5-fast', 'openai gpt-5 fast'],
    ['gpt-5-codex-high', 'openai gpt-5'],
    ['gpt-5.3-codex-xhigh-fast', 'openai gpt-5.3-codex fast'],
    ['gpt-5-minimal', 'openai gpt-5'],
    ['gpt-5-mini-20260709', 'openai gpt-5-mini'],
    ['gpt-5-mini-2026-07-09', 'openai gpt-5-mini'],
    ['grok-4.5-high', 'x-ai grok-4.5'],
    ['claude-sonnet-4-5@20250929', 'anthropic claude-sonnet-4-5'],
    ['claude-opus-4-6@default', 'anthropic claude-opus-4-6'],
  ])('without its suffixes: %s', (name, expected) => {
    expect(found(name)).toBe(expected);
  });

  it.each([
    ['us.anthropic.claude-opus-4-6-v1', 'aws regional.anthropic.claude-opus-4-6-v1:0'],
    ['eu.anthropic.claude-opus-4-6-v1', 'aws regional.anthropic.claude-opus-4-6-v1:0'],
    ['apac.anthropic.claude-opus-4-6-v1', 'aws regional.anthropic.claude-opus-4-6-v1:0'],
    ['global.anthropic.claude-opus-4-6-v1', 'aws global.anthropic.claude-opus-4-6-v1:0'],
    ['anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws regional.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    [
      'bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0',
      'aws regional.anthropic.claude-haiku-4-5-20251001-v1:0',
    ],
    ['apac.anthropic.claude-opus-5', 'aws regional.anthropic.claude-opus-5'],
    [
      'arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-5-20251101-v1:0',
      'aws regional.anthropic.claude-opus-4-5-v1:0',
    ],
    ['vertex_ai/claude-sonnet-4-5@20250929', 'google claude-sonnet-4-5'],
    ['vertex_ai/gemini-2.5-pro', 'google gemini-2.5-pro'],
    ['azure/gpt-5-mini', 'openai gpt-5-mini'],
    ['azure/eu/gpt-5.1', 'openai gpt-5.1'],
    ['models/gemini-2.5-flash', 'google gemini-2.5-flash'],
    ['anthropic/claude-sonnet-4.5', 'anthropic claude-sonnet-4-5'],
    ['openai/gpt-5-mini-20260709', 'openai gpt-5-mini'],
    ['openrouter/anthropic/claude-sonnet-4.5:beta', 'openrouter anthropic/claude-sonnet-4.5'],
    ['openrouter/anthropic/claude-opus-4.5:thinking', 'openrouter anthropic/claude-opus-4.5'],
    ['openrouter/anthropic/claude-sonnet-4:free', 'openrouter anthropic/claude-sonnet-4 free'],
    ['openai/gpt-oss-20b:free', 'openai gpt-oss-20b free'],
    ['openrouter/openai/gpt-oss-20b:free', 'openrouter openai/gpt-oss-20b:free free'],
    ['meta-llama/llama-3.3-70b-instruct', 'openrouter meta-llama/llama-3.3-70b-instruct'],
  ])('by the route in its name: %s', (name, expected) => {
    expect(found(name)).toBe(expected);
  });

  it.each([
    ['anthropic/claude-sonnet-4.5', 'openrouter', 'openrouter anthropic/claude-sonnet-4.5'],
    ['claude-sonnet-4.5', 'openrouter', 'openrouter anthropic/claude-sonnet-4.5'],
    ['openai/gpt-5-mini-20260709', 'openrouter', 'openrouter openai/gpt-5-mini'],
    ['claude-opus-4-6', 'bedrock', 'aws regional.anthropic.claude-opus-4-6-v1:0'],
    ['us.anthropic.claude-opus-4-6-v1', 'cursor', 'aws regional.anthropic.claude-opus-4-6-v1:0'],
    ['us.anthropic.claude-opus-4-6-v1', 'anthropic', 'aws regional.anthropic.claude-opus-4-6-v1:0'],
    ['claude-4.5-opus-high-thinking', 'cursor', 'anthropic claude-opus-4-5'],
    ['grok-4.5-fast', 'cursor', 'cursor grok-4.5-fast'],
    ['claude-opus-4-5', 'openai', 'anthropic claude-opus-4-5'],
    ['gpt-5', 'a-proxy-of-ours', 'openai gpt-5'],
    ['gpt-5.2', 'azure', 'openai gpt-5.2'],
    ['grok-4', 'xai', 'x-ai grok-4-0709'],
  ])('by its provider: %s at %s', (name, provider, expected) => {
    expect(found(name, provider)).toBe(expected);
  });

  it('takes the maker for a reseller whose row leaves the cache out', () => {
    expect(found('anthropic/claude-3.7-sonnet', 'openrouter')).toBe('anthropic claude-3-7-sonnet-latest');
    expect(found('gpt-4o', 'github-copilot')).toBe('openai gpt-4o');
  });
});

describe('a model name finds no wrong price', () => {
  it.each(['', '  ', '<synthetic>', 'auto', 'default', 'agent_review', 'composer-1', 'openrouter/auto'])(
    'stands for no model of a list: "%s"',
    (name) => {
      for (const provider of ['', 'cursor', 'openrouter', 'anthropic'])
        expect(found(name, provider)).toBeUndefined();
    },
  );

  it.each([
    'claude-opus-9',
    'claude-opus-4-65',
    'claude-opus-4-10',
    'claude-opus-4-9',
    'claude-sonnet-5-5',
    'claude-sonnet-5.5',
    'claude-sonnet-4-7-20260901',
    'claude-haiku-4-5-mini',
    'claude-9-opus-high-thinking',
    'gpt-5.7',
    'gpt-5.2-codex-max',
    'gpt-5-ultra',
    'gpt-55',
    'gemini-3-ultra',
    'gemini-2.5-pro-mini',
    'gemini-3.6-flash-lite',
    'gemini-3.5-flash-8b',
    'grok-5-fast',
    'mistral-medium-9',
    'deepseek-r1-distilled-further',
    'us.anthropic.claude-opus-4-65-v1',
    'eu.anthropic.claude-opus-9-v1',
    'anthropic/claude-opus-9',
    'my-own-model',
    'models/',
  ])('is not in the list: %s', (name) => {
    for (const provider of ['', 'anthropic', 'openai', 'google', 'aws', 'azure', 'openrouter', 'cursor']) {
      expect(found(name, provider), provider).toBeUndefined();
    }
  });

  it('keeps models apart whose names begin alike', () => {
    expect(found('claude-opus-4')).not.toBe(found('claude-opus-4-5'));
    expect(found('gpt-5')).not.toBe(found('gpt-5.5'));
    expect(found('gpt-5.4')).not.toBe(found('gpt-5.4-mini'));
  });

  it('does not show a model as free whose price the list leaves empty', () => {
    expect(found('moderation', 'openai')).toBeUndefined();
    expect(found('whisper-1', 'openai')).toBeUndefined();
  });

  it('survives a pattern that cannot be compiled', () => {
    const broken = parsePriceList([
      { id: 'anthropic', models: [{ id: 'x', match: { regex: '(' }, prices: { input_mtok: 1 } }] },
    ]);
    expect(resolveModel(broken, { provider: 'anthropic', model: 'claude-y' })).toBeUndefined();
  });
});

describe('every model of the list', () => {
  it('is found by its own id at its own provider', () => {
    const lost: string[] = [];
    for (const { id, models } of list.providers.values()) {
      for (const model of models) {
        const priced = model.periods.some(({ prices }) => prices.input_mtok !== undefined);
        if (priced && !resolveModel(list, { provider: id, model: model.id })) lost.push(`${id} ${model.id}`);
      }
    }
    expect(lost).toEqual([]);
  });
});
