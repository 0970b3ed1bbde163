/** Counting days for averages. */
import { TIMEZONE } from './sql.ts';

/** Days of the range that have passed, parts included; NULL where it lies in the future. */
export const DAYS =
  "nullIf(greatest(dateDiff('second', $__fromTime, least($__toTime, now())), 0) / 86400, 0)";

/** The day of a row of sums, in the dashboard's zone. */
export const DAY = `toDate(u.hour, ${TIMEZONE})`;

/** The range's first and its last day that has begun, in the dashboard's zone. */
export const FIRST_DAY = `toDate($__fromTime, ${TIMEZONE})`;
export const LAST_DAY = `toDate(least($__toTime, now()), ${TIMEZONE})`;
