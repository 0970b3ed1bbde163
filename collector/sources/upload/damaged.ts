/** What the engine's errors say of an uploaded file that is damaged. */
import { reasonOf } from '../../store/passing.ts';
import { UploadProblem } from './problem.ts';

/** What the engine says of a SQLite database that it cannot read. */
export function damagedDatabase(error: unknown): UploadProblem {
  return new UploadProblem(
    'unsupported-file',
    `the SQLite database cannot be read: ${reasonOf(error)}. It may be damaged or cut off; copy it with ` +
      '`sqlite3 FILE ".backup copy.db"` and send the copy.',
  );
}

/** What the engine says of a Parquet file that it cannot read. */
export function damagedParquet(error: unknown): UploadProblem {
  return new UploadProblem(
    'unsupported-file',
    `the Parquet file cannot be read: ${reasonOf(error)}. It may be damaged or cut off; make it again, or send it as CSV.`,
  );
}
