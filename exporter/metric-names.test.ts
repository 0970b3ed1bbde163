import { expect, it } from 'vitest';
import { withUnit } from './metric-names.ts';

it.each([
  ['http.server.request.duration', 's', 'http.server.request.duration_seconds'],
  ['claude_code.cost.usage', 'USD', 'claude_code.cost.usage_USD'],
  ['claude_code.token.usage', 'tokens', 'claude_code.token.usage_tokens'],
  ['tallyd_bytes', 'By', 'tallyd_bytes'],
  ['tallyd_batch_duration_seconds', 's', 'tallyd_batch_duration_seconds'],
  ['llm_tokens', '{token}', 'llm_tokens'],
  ['nodejs_eventloop_utilization_ratio', '1', 'nodejs_eventloop_utilization_ratio'],
  ['tallyd_build_info', '', 'tallyd_build_info'],
])('%s in unit "%s" is called %s', (name, unit, expected) => {
  expect(withUnit({ name, unit })).toBe(expected);
});
