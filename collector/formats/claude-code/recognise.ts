/** Claude Code's transcripts: JSON lines, one per message part, event or tool result. */
import type { Format, Recognition, Sample } from '../format.ts';
import { firstObjects, linesWith } from '../json-lines.ts';
import { loadSql } from '../load-sql.ts';

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
  agent: {
    variable: 'CLAUDE_CONFIG_DIR',
    roots: ['${XDG_CONFIG_HOME:-~/.config}/claude', '~/.claude'],
    folders: ['projects'],
    endings: ['.jsonl'],
  },
};

function recognise(sample: Sample): Recognition {
  for (const object of firstObjects(sample.head)) {
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
