/** Codex rollouts: JSON lines of one thread, with cumulative token counters. */
import type { Format, Recognition, Sample } from '../format.ts';
import { firstObjects, linesWith } from '../json-lines.ts';
import { loadSql } from '../load-sql.ts';

const TYPES = new Set(['session_meta', 'turn_context', 'event_msg', 'response_item', 'compacted']);

export const codex: Format = {
  name: 'codex',
  title: 'Codex rollout',
  layout: 'lines',
  unit: 'file',
  keeps: 'thread',
  recognise,
  lineFilter: linesWith('"token_count"', '"session_meta"', '"turn_context"', '"service_tier"'),
  readSql: loadSql('codex', 'read.sql'),
  resolveSql: loadSql('codex', 'resolve.sql'),
  agent: {
    variable: 'CODEX_HOME',
    roots: ['~/.codex'],
    folders: ['sessions', 'archived_sessions'],
    endings: ['.jsonl'],
  },
};

function recognise(sample: Sample): Recognition {
  const found = firstObjects(sample.head).some(
    (object) =>
      TYPES.has(String(object['type'])) &&
      typeof object['payload'] === 'object' &&
      object['payload'] !== null,
  );
  return { is: found ? 'this' : 'other' };
}
