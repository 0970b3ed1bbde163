/** Goose's database of sessions, each with the running totals of its tokens. */
import { missingColumnsOf } from '../database.ts';
import { list, quoted } from '../describe.ts';
import type { Format, Recognition, Sample } from '../format.ts';
import { loadSql } from '../load-sql.ts';

export const goose: Format = {
  name: 'goose',
  title: 'Goose database',
  layout: 'sqlite',
  unit: 'file',
  table: 'sessions',
  columns: [
    { name: 'id_cell', headers: ['id'], required: true },
    { name: 'created_cell', headers: ['created_at'], required: true },
    { name: 'updated_cell', headers: ['updated_at'] },
    { name: 'config_cell', headers: ['model_config_json'], required: true },
    { name: 'provider_cell', headers: ['provider_name'] },
    { name: 'folder_cell', headers: ['working_dir'] },
    { name: 'type_cell', headers: ['session_type'] },
    { name: 'total_cell', headers: ['total_tokens'] },
    { name: 'in_cell', headers: ['input_tokens'] },
    { name: 'out_cell', headers: ['output_tokens'] },
    { name: 'all_total_cell', headers: ['accumulated_total_tokens'] },
    { name: 'all_in_cell', headers: ['accumulated_input_tokens'] },
    { name: 'all_out_cell', headers: ['accumulated_output_tokens'] },
    { name: 'cost_cell', headers: ['accumulated_cost'] },
  ],
  recognise,
  readSql: loadSql('goose', 'read.sql'),
  about: {
    getIt: 'Goose keeps its sessions in ~/.local/share/goose/sessions/sessions.db, a SQLite database.',
    example:
      'sessions: id, created_at, provider_name, model_config_json, accumulated_input_tokens, accumulated_output_tokens, accumulated_total_tokens',
  },
  agent: {
    variable: 'GOOSE_PATH_ROOT',
    roots: [
      '${XDG_DATA_HOME:-~/.local/share}/goose',
      '${XDG_DATA_HOME:-~/.local/share}/Block/goose',
      '~/Library/Application Support/Block/goose',
    ],
    folders: ['sessions/sessions.db', 'data/sessions/sessions.db'],
    endings: ['.db'],
  },
};

function recognise(sample: Sample): Recognition {
  if (!sample.tables || !('sessions' in sample.tables)) return { is: 'other' };
  if (missingColumnsOf(sample, 'sessions', ['model_config_json']).length > 0) return { is: 'other' };
  const missing = missingColumnsOf(sample, 'sessions', ['id', 'created_at', 'output_tokens']);
  if (missing.length === 0) return { is: 'this' };
  return {
    is: 'near',
    difference: `its table "sessions" has no column ${list(missing.map(quoted), 'and no')}`,
    score: 0.5,
  };
}
