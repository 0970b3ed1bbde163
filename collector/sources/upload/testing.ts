/** For tests of uploads: Claude Code lines, and a table format of the tests' own. */
import type { Format } from '../../formats/format.ts';

/** One answer of a model, as Claude Code writes it. */
export function claudeLine(id: string, output = 100, timestamp = '2026-01-31T12:00:00.000Z'): string {
  return JSON.stringify({
    type: 'assistant',
    sessionId: 's1',
    requestId: 'req_1',
    timestamp,
    cwd: '/src/a',
    message: {
      id,
      model: 'claude-sonnet-4-5',
      usage: { input_tokens: 10, output_tokens: output, cache_read_input_tokens: 1000 },
    },
  });
}

export function claudeFile(...ids: string[]): string {
  return ids.map((id) => `${claudeLine(id)}\n`).join('');
}

/** `When,Model,Tokens`: the smallest table there can be. A later upload revises the tokens. */
export const tinyTable: Format = {
  name: 'tiny-csv',
  title: 'tiny CSV',
  layout: 'table',
  unit: 'record',
  columns: [
    { name: 'at', headers: ['When'], required: true },
    { name: 'model_name', headers: ['Model'], required: true },
    { name: 'tokens', headers: ['Tokens'], required: true },
  ],
  recognise(sample) {
    const columns = sample.table?.columns ?? [];
    if (!columns.includes('When') || !columns.includes('Model')) return { is: 'other' };
    if (columns.includes('Tokens')) return { is: 'this' };
    return { is: 'near', difference: 'it has no column "Tokens"', score: 0.6 };
  },
  readSql: `
SELECT path, record,
    multiIf(time IS NULL, 'not a date', surplus IS NOT NULL, 'more cells than the header', '') AS rejected,
    if(time IS NULL, 'When', '') AS rejected_column, ifNull(at, '') AS rejected_value, '' AS excerpt,
    reinterpretAsUInt128(sipHash128('tiny', time, model)) AS event_id,
    {{arrived_at}} AS version,
    ifNull(time, toDateTime64(0, 3, 'UTC')) AS ts, ifNull(model_name, '') AS model,
    toUInt64OrZero(ifNull(tokens, '')) AS output_tokens
FROM (SELECT *, parseDateTime64BestEffortOrNull(ifNull(at, ''), 3, 'UTC') AS time FROM {{records}})`,
};
