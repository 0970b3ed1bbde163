/** What the engine's errors say of an uploaded file: that it is to be repaired, or that it is damaged. */
import { reasonOf } from '../../store/passing.ts';
import { UploadProblem } from './problem.ts';

/** Whether the engine gave up on the file's shape, so that trying again would end the same. */
export function isUnreadable(error: unknown): boolean {
  const type = (error as { type?: unknown }).type;
  return typeof type === 'string' && /^(CANNOT_PARSE|CANNOT_READ_ALL|INCORRECT_DATA)/.test(type);
}

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
