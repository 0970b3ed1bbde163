import { describe, expect, it } from 'vitest';
import { copilotOtel } from '../copilot-otel/recognise.ts';
import { builtInFormats } from '../index.ts';
import { sampleOf } from '../recognise.ts';
import { copilotCli } from './recognise.ts';

const known = (record: object) => {
  const sample = sampleOf(Buffer.from(`${JSON.stringify(record)}\n`), { name: 'events.jsonl', path: '' });
  return builtInFormats.filter((format) => format.recognise(sample).is === 'this');
};
const event = { id: 'e-1', timestamp: '2026-01-01T10:00:00.000Z', parentId: null, data: {} };

describe("Copilot's files", () => {
  it.each([
    'session.start',
    'session.usage_record',
    'user.message',
    'assistant.turn_start',
    'tool.execution_start',
  ])('are session state by an event %s', (type) => expect(known({ type, ...event })).toEqual([copilotCli]));

  it('are OpenTelemetry by attributes of a model on a span or a log', () => {
    const attributes = { 'gen_ai.operation.name': 'chat' };
    expect(known({ type: 'span', traceId: 't-1', attributes })).toEqual([copilotOtel]);
    expect(known({ hrTime: [1, 2], _body: 'x', attributes: { 'copilot_chat.turn.index': 1 } })).toEqual([
      copilotOtel,
    ]);
  });

  it('are neither where events or attributes are of something else', () => {
    expect(known({ type: 'session.start', timestamp: 'x' })).toEqual([]);
    expect(known({ type: 'span', traceId: 't-1', attributes: { 'http.method': 'GET' } })).toEqual([]);
    expect(known({ attributes: { 'gen_ai.operation.name': 'chat' } })).toEqual([]);
  });
});
