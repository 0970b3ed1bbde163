/**
 * What a speed or service tier multiplies a request's cost by. One table, with where each figure is
 * from; `multipliers` of an override replaces any of them.
 */

export interface Multipliers {
  fast: string;
  batch: string;
  flex: string;
  priority: string;
}

/**
 * Fast speed. GPT: OpenAI's priority tier, which Codex calls fast. Claude: Anthropic's fast mode.
 * - gpt-5.5, gpt-5.4, gpt-5.3-codex, claude-opus-4-6, 4-7, 4-8: ccusage's table of fast
 *   multipliers (reference/agent-logs.md, section 3); those of Claude also follow from OpenRouter's
 *   `-fast` rows in the price list, which the test compares.
 * - claude-opus-5: only from OpenRouter's rows `claude-opus-5-fast` and `claude-opus-5`.
 * GPT ids are whole (gpt-5.4-mini is another model); Claude ids are beginnings (dates, Bedrock).
 */
const FAST: readonly [RegExp, string][] = [
  [/^gpt-5-5$/, '2.5'],
  [/^gpt-5-4$/, '2'],
  [/^gpt-5-3-codex$/, '2'],
  [/^claude-opus-4-6(?!\d)/, '6'],
  [/^claude-opus-4-7(?!\d)/, '6'],
  [/^claude-opus-4-8(?!\d)/, '2'],
  [/^claude-opus-5(?=-v\d|-20\d{6}|$)/, '2'],
];

/** Priority tier of OpenAI: https://openai.com/api-priority-processing/ against the standard rates. */
const PRIORITY: readonly [RegExp, string][] = [
  [/^gpt-5-5$/, '2.5'],
  [/^gpt-5-4(?:-mini)?$/, '2'],
  [/^gpt-5-3-codex$/, '2'],
  [/^gpt-5(?:-[12])?$/, '2'],
  [/^gpt-5-mini$/, '1.8'],
  [/^gpt-4-1$/, '1.75'],
];

/**
 * Half price in batches: Anthropic (platform.claude.com, Batch processing), OpenAI and Azure
 * (Batch API), Google (Gemini API, Batch mode), and Claude on Bedrock (batch inference).
 */
const HALF_IN_BATCHES = new Set(['anthropic', 'openai', 'azure', 'google']);

/** Multipliers of a model for which no tier makes a difference, or none is known to. */
export const NO_DIFFERENCE: Multipliers = { fast: '1', batch: '1', flex: '1', priority: '1' };

/** The multipliers of a model of the price list; '1' where none is known. */
export function multipliersOf(provider: string, modelId: string): Multipliers {
  const id = plainId(modelId);
  // Rows of the list that are a speed themselves have it in their prices.
  if (/-fast$|:batch$|:free$/.test(id)) return NO_DIFFERENCE;
  const batch = HALF_IN_BATCHES.has(provider) || (provider === 'aws' && id.startsWith('claude-'));
  const openAi = provider === 'openai' || provider === 'azure';
  return {
    fast: figureOf(FAST, id),
    batch: batch ? '0.5' : '1',
    // OpenAI's flex processing is charged at its batch rates (OpenAI pricing page).
    flex: provider === 'openai' ? '0.5' : '1',
    priority: openAi ? figureOf(PRIORITY, id) : '1',
  };
}

function figureOf(table: readonly [RegExp, string][], id: string): string {
  return table.find(([ids]) => ids.test(id))?.[1] ?? '1';
}

/** `regional.anthropic.claude-opus-4-6-v1:0` and `anthropic/claude-opus-4.6` → `claude-opus-4-6…`. */
function plainId(modelId: string): string {
  return modelId
    .toLowerCase()
    .replace(/^.*\//, '')
    .replace(/^(?:[a-z-]+\.)+(?=[a-z])/, '')
    .replace(/(?<=\d)\.(?=\d)/g, '-');
}
