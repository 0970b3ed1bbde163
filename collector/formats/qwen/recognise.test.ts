import { describe, expect, it } from 'vitest';
import { claudeCode } from '../claude-code/recognise.ts';
import { sampleOf } from '../recognise.ts';
import { qwen } from './recognise.ts';

const lines = (...records: object[]) =>
  sampleOf(Buffer.from(records.map((one) => `${JSON.stringify(one)}\n`).join('')), {
    name: 'x.jsonl',
    path: '',
  });
const said = {
  type: 'user',
  uuid: 'u-1',
  sessionId: 's-1',
  timestamp: '2026-01-01T10:00:00.000Z',
  cwd: '/home/ada',
};

describe('a chat of Qwen Code', () => {
  it.each([
    ['what a person said', { ...said, message: { role: 'user', parts: [{ text: 'hi' }] } }],
    [
      'an answer',
      { ...said, type: 'assistant', message: { role: 'model' }, usageMetadata: { totalTokenCount: 1 } },
    ],
    ['telemetry', { ...said, type: 'system', systemPayload: { uiEvent: {} } }],
  ])('is told from one of Claude Code by %s', (_what, record) => {
    const sample = lines({ type: 'summary', sessionId: 's-1' }, record);
    expect([qwen, claudeCode].map((format) => format.recognise(sample).is)).toEqual(['this', 'other']);
  });

  it('is not what Claude Code wrote, whatever a tool printed in it', () => {
    const sample = lines({
      ...said,
      message: {
        role: 'user',
        content: [{ type: 'tool_result', usageMetadata: { promptTokenCount: 1 }, parts: [] }],
      },
    });
    expect([qwen, claudeCode].map((format) => format.recognise(sample).is)).toEqual(['other', 'this']);
  });
});
