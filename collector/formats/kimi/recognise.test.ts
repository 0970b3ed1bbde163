import { describe, expect, it } from 'vitest';
import { builtInFormats } from '../index.ts';
import { sampleOf } from '../recognise.ts';
import { kimi } from './recognise.ts';

const known = (record: object) => {
  const sample = sampleOf(Buffer.from(`${JSON.stringify(record)}\n`), { name: 'wire.jsonl', path: '' });
  return builtInFormats.filter((format) => format.recognise(sample).is === 'this');
};

describe('a wire log', () => {
  it("is Kimi's by an event of its conversation, in either version", () => {
    expect(known({ timestamp: 1767261600.5, message: { type: 'TurnBegin', payload: {} } })).toEqual([kimi]);
    expect(known({ type: 'usage.record', usage: { inputOther: 1 }, usageScope: 'turn' })).toEqual([kimi]);
  });

  it('is nothing by its metadata, or by messages of others', () => {
    expect(known({ type: 'metadata', protocol_version: '1.2' })).toEqual([]);
    expect(known({ timestamp: 1, message: { type: 'message', payload: {} } })).toEqual([]);
    expect(known({ type: 'usage.record' })).toEqual([]);
  });
});
