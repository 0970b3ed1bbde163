/** Amp's threads: one JSON document each, with a ledger of usage or with usage beside the messages. */
import type { Format, Recognition, Sample } from '../format.ts';
import { asObject, beginningOf } from '../json-document.ts';
import { loadSql } from '../load-sql.ts';

export const amp: Format = {
  name: 'amp',
  title: 'Amp thread',
  layout: 'document',
  unit: 'file',
  recognise,
  readSql: loadSql('amp', 'read.sql'),
  about: {
    getIt: 'Amp leaves a T-….json for each thread in ~/.local/share/amp/threads.',
    example:
      '{"id":"T-…","usageLedger":{"events":[{"id":"…","timestamp":"2026-03-02T09:00:00.000Z","model":"claude-sonnet-4-5","toMessageId":1,"tokens":{"input":12,"output":240}}]},"messages":[…]}',
  },
  agent: {
    variable: 'AMP_DATA_DIR',
    roots: ['${XDG_DATA_HOME:-~/.local/share}/amp'],
    folders: ['threads'],
    endings: ['.json'],
  },
};

function recognise({ head }: Sample): Recognition {
  const thread = asObject(beginningOf(head));
  if (typeof thread['id'] !== 'string') return { is: 'other' };
  if (Array.isArray(asObject(thread['usageLedger'])['events'])) return { is: 'this' };
  const isThread = thread['id'].startsWith('T-') && Array.isArray(thread['messages']);
  return { is: isThread ? 'this' : 'other' };
}
