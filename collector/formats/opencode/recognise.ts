/**
 * OpenCode's messages: rows of its SQLite database, or JSON files of the versions before it. Both hold
 * the same messages under the same ids, so they are one source.
 */
import { missingColumnsOf } from '../database.ts';
import { list, quoted } from '../describe.ts';
import type { Column, Format, Recognition, Sample } from '../format.ts';
import { asObject, beginningOf } from '../json-document.ts';
import { loadSql } from '../load-sql.ts';

export const MESSAGE_TABLE = 'message';
export const MESSAGE_COLUMNS: Column[] = [
  { name: 'id_cell', headers: ['id'], required: true },
  { name: 'session_cell', headers: ['session_id'], required: true },
  { name: 'data_cell', headers: ['data'], required: true },
];

/** `read.sql` for messages of a program that is built on OpenCode. */
export function messagesSql(program: string): string {
  return loadSql('opencode', 'read.sql').replaceAll('{{program}}', `'${program}'`);
}

export const openCode: Format = {
  name: 'opencode',
  title: 'OpenCode database',
  layout: 'sqlite',
  unit: 'file',
  table: MESSAGE_TABLE,
  columns: MESSAGE_COLUMNS,
  recognise: (sample) => recogniseMessages(sample, (name) => !isKilo(name)),
  readSql: messagesSql('opencode'),
  about: {
    getIt: 'OpenCode keeps its messages in ~/.local/share/opencode/opencode.db, a SQLite database.',
    example: 'message: id, session_id, data {"role":"assistant","modelID":"claude-sonnet-4-5","tokens":{…}}',
  },
  agent: {
    variable: 'OPENCODE_DATA_DIR',
    roots: ['${XDG_DATA_HOME:-~/.local/share}/opencode'],
    folders: ['opencode*.db'],
    endings: ['.db'],
  },
};

export const openCodeJson: Format = {
  name: 'opencode-json',
  source: 'opencode',
  title: 'OpenCode message',
  layout: 'document',
  unit: 'file',
  recognise: recogniseMessage,
  readSql: messagesSql('opencode').replaceAll(
    '{{records}}',
    `(SELECT path, record, CAST(NULL, 'Nullable(String)') AS id_cell, CAST(NULL, 'Nullable(String)') AS session_cell, toNullable(line) AS data_cell FROM {{records}})`,
  ),
  about: {
    getIt:
      'OpenCode before its database left one JSON file for each message below ~/.local/share/opencode/storage/message.',
    example:
      '{"id":"msg_…","sessionID":"ses_…","role":"assistant","modelID":"claude-sonnet-4-5","providerID":"anthropic","time":{"created":1767312000000},"cost":0.01,"tokens":{"input":3,"output":120,"reasoning":0,"cache":{"read":9000,"write":400}}}',
  },
  agent: {
    variable: 'OPENCODE_DATA_DIR',
    roots: ['${XDG_DATA_HOME:-~/.local/share}/opencode'],
    folders: ['storage/message'],
    endings: ['.json'],
  },
};

/** Programs that share the tables are told apart by the name of the file. */
export function isKilo(name: string): boolean {
  return name.toLowerCase().includes('kilo');
}

/** A database with OpenCode's tables, whose file has the right name. */
export function recogniseMessages(sample: Sample, isOurs: (name: string) => boolean): Recognition {
  const { tables } = sample;
  if (!tables || !(MESSAGE_TABLE in tables) || !('session' in tables) || !isOurs(sample.name))
    return { is: 'other' };
  const missing = missingColumnsOf(sample, MESSAGE_TABLE, ['id', 'session_id', 'data']);
  if (missing.length === 0) return { is: 'this' };
  return {
    is: 'near',
    difference: `its table "${MESSAGE_TABLE}" has no column ${list(missing.map(quoted), 'and no')}`,
    score: 0.5,
  };
}

function recogniseMessage({ head }: Sample): Recognition {
  const message = asObject(beginningOf(head));
  const isMessage = typeof message['id'] === 'string' && typeof message['sessionID'] === 'string';
  return { is: isMessage && 'role' in message && !('messageID' in message) ? 'this' : 'other' };
}
