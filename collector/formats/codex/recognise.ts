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
  lineFilter: linesWith(
    '"token_count"',
    '"session_meta"',
    '"turn_context"',
    '"service_tier"',
    '"token_usage_record"',
    '"compaction_response_id"',
  ),
  readSql: loadSql('codex', 'read.sql'),
  resolveSql: loadSql('codex', 'resolve.sql'),
  about: {
    getIt: 'Codex leaves them in ~/.codex/sessions, where tallyd follows them.',
    example:
      '{"timestamp":"2026-01-01T10:00:00.000Z","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":6000,"cached_input_tokens":5000,"output_tokens":300},"last_token_usage":{"input_tokens":6000,"cached_input_tokens":5000,"output_tokens":300}}}}',
  },
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
