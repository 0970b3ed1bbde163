/** Gemini CLI's sessions: one JSON document, or JSON lines since 2026, rewritten as the session goes on. */
import type { Format, Recognition, Sample } from '../format.ts';
import { asObject, beginningOf } from '../json-document.ts';
import { firstObjects } from '../json-lines.ts';
import { loadSql } from '../load-sql.ts';

export const geminiCli: Format = {
  name: 'gemini-cli',
  title: 'Gemini CLI session',
  layout: 'document',
  unit: 'file',
  recognise,
  readSql: loadSql('gemini-cli', 'read.sql'),
  about: {
    getIt: 'Gemini CLI leaves its sessions below ~/.gemini/tmp, as chats/session-*.json or .jsonl.',
    example:
      '{"sessionId":"…","projectHash":"…","startTime":"2026-03-02T09:00:00.000Z","messages":[{"id":"…","type":"gemini","model":"gemini-2.5-pro","tokens":{"input":900,"output":40,"cached":0,"thoughts":12,"tool":0,"total":952}}]}',
  },
  agent: {
    variable: 'GEMINI_DATA_DIR',
    roots: ['~/.gemini/tmp'],
    folders: [''],
    endings: ['.json', '.jsonl'],
  },
};

function recognise(sample: Sample): Recognition {
  if (isSession(asObject(beginningOf(sample.head)))) return { is: 'this' };
  return { is: firstObjects(sample.head).some(isRecord) ? 'this' : 'other' };
}

/** A document with its messages, which is the first line of the lines without them. */
function isSession(document: Record<string, unknown>): boolean {
  if (typeof document['sessionId'] !== 'string') return false;
  if (typeof document['projectHash'] === 'string' && 'startTime' in document) return true;
  const messages = document['messages'];
  return Array.isArray(messages) && messages.some((message) => isRecord(asObject(message)));
}

function isRecord(record: Record<string, unknown>): boolean {
  return isSessionLine(record) || (record['type'] === 'gemini' && 'tokens' in record);
}

function isSessionLine(record: Record<string, unknown>): boolean {
  return 'sessionId' in record && 'projectHash' in record && 'startTime' in record;
}
