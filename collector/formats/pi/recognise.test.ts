import { describe, expect, it } from 'vitest';
import { openclaw } from '../openclaw/recognise.ts';
import { sampleOf } from '../recognise.ts';
import { pi } from './recognise.ts';

const header = {
  type: 'session',
  version: 3,
  id: 's-1',
  timestamp: '2026-01-01T10:00:00.000Z',
  cwd: '/home/ada',
};
const sample = (path: string, ...records: object[]) =>
  sampleOf(Buffer.from(records.map((one) => `${JSON.stringify(one)}\n`).join('')), { name: 'x.jsonl', path });
const judged = (one: ReturnType<typeof sample>) => [pi, openclaw].map((format) => format.recognise(one).is);

describe('a session', () => {
  it("is pi's by its header, a change of model or a message alone", () => {
    const usage = { input: 1, output: 2, cacheRead: 0, cacheWrite: 0 };
    for (const record of [
      header,
      { type: 'model_change', provider: 'openai', modelId: 'gpt-5.2' },
      { type: 'message', message: { role: 'assistant', usage } },
    ])
      expect(judged(sample('', record))).toEqual(['this', 'other']);
  });

  it("is OpenClaw's by an entry that only it writes, or by where it lies", () => {
    const snapshot = { type: 'custom', customType: 'model-snapshot', data: { modelId: 'gpt-5.2' } };
    expect(judged(sample('', header, snapshot))).toEqual(['other', 'this']);
    expect(judged(sample('/home/ada/.openclaw/agents/main/sessions/s-1.jsonl', header))).toEqual([
      'other',
      'this',
    ]);
    expect(judged(sample('/home/ada/openclaw/s-1.jsonl', header))).toEqual(['this', 'other']);
  });

  it("is no other agent's message", () => {
    const record = {
      type: 'message',
      sessionId: 's-1',
      message: { role: 'assistant', usage: { input_tokens: 1 } },
    };
    expect(judged(sample('', record))).toEqual(['other', 'other']);
  });
});
