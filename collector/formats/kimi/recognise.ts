/** Kimi's wire logs (Kimi CLI and Kimi Code): JSON lines, one per event of a conversation. */
import type { Format, Recognition, Sample } from '../format.ts';
import { firstObjects, linesWith, objectAt } from '../json-lines.ts';
import { loadSql } from '../load-sql.ts';

/** Events of a conversation that nothing else names so. */
const EVENTS = new Set(['TurnBegin', 'StepBegin', 'StatusUpdate', 'SubagentEvent', 'TurnEnd', 'ContentPart']);

export const kimi: Format = {
  name: 'kimi',
  title: 'Kimi wire log',
  layout: 'lines',
  unit: 'record',
  recognise,
  lineFilter: linesWith('"token_usage"', '"usage.record"'),
  readSql: loadSql('kimi', 'read.sql'),
  about: {
    getIt: 'Kimi leaves them in ~/.kimi/sessions and ~/.kimi-code/sessions, where tallyd follows them.',
    example:
      '{"timestamp":1767261600.25,"message":{"type":"StatusUpdate","payload":{"message_id":"chatcmpl-7f","token_usage":{"input_other":1200,"output":300,"input_cache_read":5000,"input_cache_creation":0}}}}',
  },
  agent: {
    variable: 'KIMI_DATA_DIR',
    roots: ['~/.kimi', '~/.kimi-code'],
    folders: ['sessions'],
    endings: ['wire.jsonl'],
  },
};

function recognise(sample: Sample): Recognition {
  const found = firstObjects(sample.head).some(
    (object) =>
      (EVENTS.has(String(objectAt(object, 'message')?.['type'])) &&
        objectAt(object, 'message', 'payload') !== undefined) ||
      (object['type'] === 'usage.record' && objectAt(object, 'usage') !== undefined),
  );
  return { is: found ? 'this' : 'other' };
}
