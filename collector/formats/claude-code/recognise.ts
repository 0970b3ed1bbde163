/** Claude Code's transcripts: JSON lines, one per message part, event or tool result. */
import type { Format, Recognition, Sample } from '../format.ts';
import { firstObjects, linesWith } from '../json-lines.ts';
import { loadSql } from '../load-sql.ts';
import { isQwenRecord } from '../qwen/recognise.ts';

const TYPES = new Set([
  'user',
  'assistant',
  'system',
  'summary',
  'progress',
  'attachment',
  'file-history-snapshot',
  'queue-operation',
  'permission-mode',
]);

export const claudeCode: Format = {
  name: 'claude-code',
  title: 'Claude Code transcript',
  layout: 'lines',
  unit: 'record',
  recognise,
  lineFilter: linesWith('"usage"'),
  readSql: loadSql('claude-code', 'read.sql'),
  readFastSql: loadSql('claude-code', 'read-fast.sql'),
  about: {
    getIt: 'Claude Code leaves them in ~/.claude/projects, where tallyd follows them.',
    example:
      '{"type":"assistant","timestamp":"2026-01-01T10:00:00.000Z","sessionId":"c0de…","requestId":"req_01","cwd":"/home/ada/shop","message":{"id":"msg_01","model":"claude-sonnet-4-5-20250929","usage":{"input_tokens":12,"cache_creation_input_tokens":800,"cache_read_input_tokens":5000,"output_tokens":300}}}',
  },
  agent: {
    variable: 'CLAUDE_CONFIG_DIR',
    roots: ['${XDG_CONFIG_HOME:-~/.config}/claude', '~/.claude'],
    folders: ['projects'],
    endings: ['.jsonl'],
  },
};

function recognise(sample: Sample): Recognition {
  const objects = firstObjects(sample.head);
  if (objects.some(isQwenRecord)) return { is: 'other' };
  for (const object of objects) {
    const usage = at(object, 'message', 'usage') ?? at(object, 'data', 'message', 'message', 'usage');
    if (usage !== undefined && ('sessionId' in object || 'requestId' in object || 'uuid' in object))
      return { is: 'this' };
    if (
      TYPES.has(String(object['type'])) &&
      ('sessionId' in object || 'uuid' in object || 'leafUuid' in object)
    )
      return { is: 'this' };
  }
  return { is: 'other' };
}

function at(object: Record<string, unknown>, ...path: string[]): unknown {
  let value: unknown = object;
  for (const key of path)
    value = value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined;
  return value;
}
