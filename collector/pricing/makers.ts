/**
 * Who makes which models, who only sells them on, and what each is called in the price list.
 */

export interface Maker {
  /** The maker's id in the price list. */
  provider: string;
  /** The maker's folder on OpenRouter, whose list covers models that the maker's own does not. */
  openrouter?: string;
  /** Names of its models, without route and vendor. */
  names: RegExp;
  /**
   * Which words after a name are settings of the same model rather than part of its name. Not for
   * everyone: `qwen3-max` and `mistral-medium` are models.
   */
  suffixes: 'efforts' | 'thinking' | 'none';
  /** Whether `-fast` after a name is a speed of that model. Not so for Grok: `grok-code-fast-1`. */
  fast: boolean;
  /**
   * Nobody else can serve its models at a price of his own making, so that a reseller's row that
   * leaves out the cache is incomplete, not cheaper.
   */
  closed: boolean;
}

const MAKERS: readonly Maker[] = [
  {
    provider: 'anthropic',
    openrouter: 'anthropic',
    names: /^claude-/,
    suffixes: 'efforts',
    fast: true,
    closed: true,
  },
  {
    provider: 'openai',
    openrouter: 'openai',
    names: /^(?:gpt|chatgpt|codex|ft:gpt|o[1-9](?:-|$)|text-embedding|text-davinci|computer-use)/,
    suffixes: 'efforts',
    fast: true,
    closed: true,
  },
  {
    provider: 'google',
    openrouter: 'google',
    names: /^(?:gemini|gemma)-/,
    suffixes: 'efforts',
    fast: false,
    closed: true,
  },
  { provider: 'x-ai', openrouter: 'x-ai', names: /^grok-/, suffixes: 'efforts', fast: false, closed: true },
  {
    provider: 'deepseek',
    openrouter: 'deepseek',
    names: /^deepseek/,
    suffixes: 'thinking',
    fast: false,
    closed: false,
  },
  {
    provider: 'mistral',
    openrouter: 'mistralai',
    names: /^(?:labs-)?(?:(?:mi|code|dev|magi|mini)stral|mixtral|pixtral|voxtral|open-mi)/,
    suffixes: 'none',
    fast: false,
    closed: false,
  },
  {
    provider: 'moonshotai',
    openrouter: 'moonshotai',
    names: /^(?:kimi|moonshot)-/,
    suffixes: 'thinking',
    fast: false,
    closed: false,
  },
  { provider: 'zai', openrouter: 'z-ai', names: /^glm-/, suffixes: 'thinking', fast: false, closed: false },
  {
    provider: 'minimax',
    openrouter: 'minimax',
    names: /^minimax-/,
    suffixes: 'none',
    fast: false,
    closed: false,
  },
  // Alibaba's own rates are not in the list; OpenRouter's are.
  {
    provider: 'openrouter',
    openrouter: 'qwen',
    names: /^(?:qwen|qwq)/,
    suffixes: 'none',
    fast: false,
    closed: false,
  },
  {
    provider: 'cohere',
    openrouter: 'cohere',
    names: /^command-/,
    suffixes: 'none',
    fast: false,
    closed: false,
  },
  {
    provider: 'perplexity',
    openrouter: 'perplexity',
    names: /^sonar/,
    suffixes: 'none',
    fast: false,
    closed: false,
  },
  { provider: 'cursor', names: /^composer-/, suffixes: 'none', fast: false, closed: true },
];

/** The maker of a model, by its bare name in lower case. */
export function makerOf(bareName: string): Maker | undefined {
  return MAKERS.find(({ names }) => names.test(bareName));
}

/** What sources and gateways call a provider, where the price list calls it otherwise. */
const PROVIDER_ALIASES: Readonly<Record<string, string>> = {
  'amazon-bedrock': 'aws',
  amazon: 'aws',
  bedrock: 'aws',
  bedrock_converse: 'aws',
  azure_ai: 'azure',
  'azure-openai': 'azure',
  copilot: 'github-copilot',
  github_copilot: 'github-copilot',
  gemini: 'google',
  'google-vertex': 'google',
  vertex: 'google',
  'vertex-ai': 'google',
  vertex_ai: 'google',
  fireworks_ai: 'fireworks',
  kimi: 'moonshotai',
  moonshot: 'moonshotai',
  mistralai: 'mistral',
  'openai-codex': 'openai',
  together_ai: 'together',
  xai: 'x-ai',
  'z-ai': 'zai',
  'z.ai': 'zai',
  '@cf': 'cloudflare',
};

/** The provider's id in the price list, as far as it is known there. */
export function canonicalProvider(provider: string): string {
  const id = provider.trim().toLowerCase();
  return PROVIDER_ALIASES[id] ?? id;
}

const ROUTES = new Set([
  'aws',
  'azure',
  'openrouter',
  'github-copilot',
  'groq',
  'fireworks',
  'together',
  'cerebras',
  'cloudflare',
  'novita',
]);

/**
 * The provider that a folder of a model's name routes to (`bedrock/…`, `vertex_ai/…`), undefined
 * for folders that only name the maker (`anthropic/…`): those are in front of names everywhere.
 */
export function routeOf(folder: string): string | undefined {
  const id = canonicalProvider(folder);
  return ROUTES.has(id) || folder.startsWith('vertex') ? id : undefined;
}
