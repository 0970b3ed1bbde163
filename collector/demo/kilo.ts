/** Messages of Kilo: OpenCode's tables, with models by the names of its gateway, which tells what they cost. */
import { generateMessages, type MessageProgram, type Messages } from './opencode.ts';
import type { RewrittenOptions } from './rewritten.ts';

const KILO: MessageProgram = {
  name: 'kilo',
  models: [
    ['anthropic/claude-sonnet-4.5', 'kilo'],
    ['openai/gpt-5.2', 'kilo'],
    ['claude-haiku-4-5', 'anthropic'],
  ],
  costs: 0.7,
};

export function generateKilo(options: RewrittenOptions): Messages {
  return generateMessages(KILO, options);
}
