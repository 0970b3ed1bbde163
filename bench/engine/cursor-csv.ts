/** A Cursor export by the engine alone: one statement over the file, with every column that tallyd keeps of it. */
import { sqlString } from '../../collector/store/sql.ts';
import type { Session } from './session.ts';

const COLUMNS =
  "at DateTime64(3, 'UTC'), user String, kind String, model String, max_mode String, written UInt64, input UInt64, read UInt64, " +
  'output UInt64, total UInt64, cost String';

/** Reads the file, packed or not, into `bench.events`. */
export async function readCursorCsv(session: Session, file: string): Promise<void> {
  await session.run(`INSERT INTO bench.events
SELECT at, reinterpretAsUInt128(sipHash128(at, user, model, written, input, read, output)) AS event_id, 1, 'cursor-csv', 'cursor-csv', '',
    model, user, '', '', '', if(startsWith(kind, 'Errored'), 'error', 'ok'), input, written, 0, read, output,
    toDecimal64OrNull(cost, 9), NOT endsWith(kind, 'Charged'), 'standard', map('kind', kind, 'max_mode', if(max_mode = 'Yes', 'true', 'false'))
FROM file(${sqlString(file)}, 'CSV', ${sqlString(COLUMNS)})
SETTINGS input_format_csv_skip_first_lines = 1, date_time_input_format = 'best_effort'`);
}
