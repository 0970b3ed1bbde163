/** Qwen Code's chats: JSON lines, one per message. */
import type { Format, Recognition, Sample } from '../format.ts';
import { firstObjects, linesWith, objectAt } from '../json-lines.ts';
import { loadSql } from '../load-sql.ts';

export const qwen: Format = {
  name: 'qwen',
  title: 'Qwen Code chat',
  layout: 'lines',
  unit: 'record',
  recognise,
  lineFilter: linesWith('"usageMetadata"'),
  readSql: loadSql('qwen', 'read.sql'),
  about: {
    getIt: 'Qwen Code leaves them in ~/.qwen/projects, where tallyd follows them.',
    example:
      '{"uuid":"5b1f…","sessionId":"c0de…","timestamp":"2026-01-01T10:00:00.000Z","type":"assistant","cwd":"/home/ada/shop","model":"qwen3-coder-plus","message":{"role":"model","parts":[{"text":"Done."}]},"usageMetadata":{"promptTokenCount":6200,"candidatesTokenCount":300,"thoughtsTokenCount":40,"cachedContentTokenCount":5000,"totalTokenCount":6540}}',
  },
  agent: {
    variable: 'QWEN_DATA_DIR',
    roots: ['~/.qwen'],
    folders: ['projects'],
    endings: ['.jsonl'],
  },
};

function recognise(sample: Sample): Recognition {
  return { is: firstObjects(sample.head).some(isQwenRecord) ? 'this' : 'other' };
}

/**
 * Qwen Code names its records as Claude Code does (type, uuid, sessionId, cwd), but what is said
 * stands in `parts`, and usage beside the message.
 */
export function isQwenRecord(object: Record<string, unknown>): boolean {
  if (typeof object['sessionId'] !== 'string') return false;
  return (
    objectAt(object, 'usageMetadata') !== undefined ||
    objectAt(object, 'systemPayload') !== undefined ||
    Array.isArray(objectAt(object, 'message')?.['parts'])
  );
}
