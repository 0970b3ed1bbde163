/** Kilo's database, which has OpenCode's tables: only the name of the file tells the two apart. */
import type { Format } from '../format.ts';
import {
  isKilo,
  MESSAGE_COLUMNS,
  MESSAGE_TABLE,
  messagesSql,
  recogniseMessages,
} from '../opencode/recognise.ts';

export const kilo: Format = {
  name: 'kilo',
  title: 'Kilo database',
  layout: 'sqlite',
  unit: 'file',
  table: MESSAGE_TABLE,
  columns: MESSAGE_COLUMNS,
  recognise: (sample) => recogniseMessages(sample, isKilo),
  readSql: messagesSql('kilo'),
  about: {
    getIt:
      'Kilo keeps its messages in ~/.local/share/kilo/kilo.db, a SQLite database. Keep "kilo" in its name.',
    example: 'message: id, session_id, data {"role":"assistant","modelID":"claude-sonnet-4-5","tokens":{…}}',
  },
  agent: {
    variable: 'KILO_DATA_DIR',
    roots: ['${XDG_DATA_HOME:-~/.local/share}/kilo'],
    folders: ['kilo*.db'],
    endings: ['.db'],
  },
};
