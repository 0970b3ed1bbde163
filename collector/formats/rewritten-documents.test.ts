/** Which agent a JSON document is of: near misses and look-alikes. */
import { describe, expect, it } from 'vitest';
import { builtInFormats } from './index.ts';
import { recogniseSample, sampleOf } from './recognise.ts';

function nameOf(text: string): string {
  const found = recogniseSample(sampleOf(Buffer.from(text), { name: 'x.json', path: '' }), builtInFormats);
  return 'format' in found ? found.format.name : found.problem;
}

const HEAD = '"sessionId":"s","projectHash":"p","startTime":"2026-03-02T09:00:00.000Z"';

describe('a document', () => {
  it.each([
    ['gemini-cli', `{${HEAD},"messages":[]}`],
    ['gemini-cli', `{\n ${HEAD},\n "messages": [{"type":"user","content":"${'long '.repeat(20_000)}`],
    ['gemini-cli', `{${HEAD},"kind":"main"}\n{"id":"a","type":"gemini","tokens":{"input":1}}\n`],
    ['gemini-cli', '{"sessionId":"s","messages":[{"type":"gemini","id":"a","tokens":{"total":5}}]}'],
    ['droid', '{"model":"gpt-5","tokenUsage":{"inputTokens":1}}'],
    ['droid', '{"providerLock":"openai","tokenUsage":{"totalTokens":1}}'],
    ['amp', '{"id":"T-1","messages":[]}'],
    [
      'amp',
      '{"v":1,"id":"T-1","messages":[{"role":"user","messageId":0,"content":[{"type":"text","text":"cut',
    ],
    ['amp', '{"id":"any","usageLedger":{"events":[]}}'],
    ['cline', '[{"ts":1767312000000,"type":"say","say":"task","text":"a"}]'],
    ['cline', '[{"ts":1767312000000,"type":"ask","ask":"tool","text":"'],
    ['cline', '{"sessionId":"s","messages":[{"role":"assistant","metrics":{"inputTokens":1}}]}'],
    ['opencode-json', '{"id":"msg_1","sessionID":"ses_1","role":"user"}'],
  ])('is of %s: %.60s', (name, text) => {
    expect(nameOf(text)).toBe(name);
  });

  it.each([
    ['the settings of an agent', '{"model":"gpt-5","theme":"dark"}'],
    ['a part of a message', '{"id":"prt_1","messageID":"msg_1","sessionID":"ses_1","type":"text"}'],
    ['the history of an API', '[{"role":"user","content":"hi"}]'],
    ['a log of questions', '[{"sessionId":"s","messageId":0,"type":"user","message":"hi"}]'],
    ['a project', '{"id":"p","name":"webshop"}'],
  ])('of another kind is none: %s', (_kind, text) => {
    expect(nameOf(text)).toContain('is in no format that tallyd knows');
  });

  it('that lacks what tells it apart is told so', () => {
    expect(nameOf('{"tokenUsage":{"inputTokens":1}}')).toContain(
      'looks like a Droid session, but it has neither a "model" nor a "providerLock"',
    );
  });
});
