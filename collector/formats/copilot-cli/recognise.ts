/** Session state of GitHub Copilot CLI: JSON lines, one per event of a session. */
import type { Format, Recognition, Sample } from '../format.ts';
import { firstObjects, linesWith, objectAt } from '../json-lines.ts';
import { loadSql } from '../load-sql.ts';

export const copilotCli: Format = {
  name: 'copilot-cli',
  title: 'GitHub Copilot CLI session',
  layout: 'lines',
  // what is used is a difference to what stood before
  unit: 'file',
  recognise,
  lineFilter: linesWith(
    '"session.start"',
    '"session.resume"',
    '"session.usage_record"',
    '"session.usage_checkpoint"',
    '"session.shutdown"',
  ),
  readSql: loadSql('copilot-cli', 'read.sql'),
  about: {
    getIt:
      'Copilot CLI leaves them in ~/.copilot/session-state/SESSION/events.jsonl, where tallyd follows them.',
    example:
      '{"type":"session.usage_record","id":"e7","timestamp":"2026-01-01T10:00:09.000Z","parentId":"e6","data":{"usage":{"model":"claude-sonnet-4.5","inputTokens":6000,"outputTokens":300,"cacheReadTokens":5000,"cacheWriteTokens":800,"duration":4100,"copilotUsage":{"totalNanoAiu":910000000}}}}',
  },
  agent: {
    variable: 'COPILOT_HOME',
    roots: ['~/.copilot'],
    folders: ['session-state'],
    endings: ['events.jsonl'],
  },
};

function recognise(sample: Sample): Recognition {
  const found = firstObjects(sample.head).some(
    (object) =>
      /^(session|assistant|user|tool|hook|permission|subagent|system|model)\.\w+$/.test(
        String(object['type']),
      ) &&
      objectAt(object, 'data') !== undefined &&
      typeof object['timestamp'] === 'string',
  );
  return { is: found ? 'this' : 'other' };
}
