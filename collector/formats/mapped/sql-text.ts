/** What people wrote in `tallyd.yaml`, as text of SQL. */
import { sqlString } from '../../store/sql.ts';

/** The name of a column of the file in the SQL: a number, so that no name of theirs stands there. */
export type CellOf = (column: string) => string;

/** A string literal that no template takes for a placeholder. */
export function literal(value: string): string {
  return sqlString(value).replaceAll('{{', '{\\x7b');
}
