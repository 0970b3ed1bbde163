/** An export of Cursor as large as one likes, newest row first as Cursor writes it, and what it adds up to. */
import { DAY, timestamp } from '../../collector/demo/clock.ts';
import { cursorHeader } from '../../collector/demo/cursor-columns.ts';
import { Prng } from '../../collector/demo/prng.ts';
import { CURSOR_MODELS } from '../../collector/demo/tokens.ts';
import { addTo, type DayModelSums } from './day-model-sums.ts';

export interface CursorCsvOptions {
  seed: string;
  rows: number;
}

/** The newest row is of this moment; the rows lie in the year before. */
const UNTIL = Date.UTC(2026, 6, 1);
const SPAN = 365 * DAY;

const KINDS = ['Included', 'Included', 'On-Demand', 'Usage-based'];
const USERS = ['ada@demo.example', 'bob@demo.example', 'cy@demo.example'];

/** The header, with its newline. */
export const CURSOR_HEADER = `${cursorHeader('v2t').join(',')}\n`;

/** Draws a row of a moment, adds it to `truth` and gives its line. No two of a millisecond are drawn. */
export function cursorRow(prng: Prng, ts: number, truth: DayModelSums): string {
  const model = prng.weighted(CURSOR_MODELS);
  const input = prng.magnitude(10, 30_000);
  const cacheWrite = prng.chance(0.7) ? prng.magnitude(100, 60_000) : 0;
  const cacheRead = prng.chance(0.85) ? prng.magnitude(1000, 900_000) : 0;
  const output = prng.magnitude(5, 9000);
  const time = timestamp(ts);
  addTo(truth, time.slice(0, 10), model, { input, cacheWrite, cacheRead, output });
  const total = input + cacheWrite + cacheRead + output;
  const dollars = (input * 3 + cacheWrite * 3.75 + cacheRead * 0.3 + output * 15) / 1e6;
  return (
    `"${time}","${prng.pick(USERS)}","${prng.pick(KINDS)}","${model}","${prng.chance(0.2) ? 'Yes' : 'No'}","${cacheWrite}",` +
    `"${input}","${cacheRead}","${output}","${total}","${dollars.toFixed(2)}"\n`
  );
}

/** Yields the file in pieces; when it is done, it returns what the rows add up to. */
export function* generateCursorCsv({ seed, rows }: CursorCsvOptions): Generator<string, DayModelSums> {
  const prng = new Prng(seed).fork('cursor');
  const truth: DayModelSums = {};
  const step = SPAN / rows;
  if (step < 2) throw new RangeError('a year has not as many moments');
  let piece = CURSOR_HEADER;
  for (let row = 0; row < rows; row++) {
    piece += cursorRow(prng, UNTIL - Math.floor(row * step) - prng.int(1, Math.floor(step) - 1), truth);
    if (piece.length < 1 << 20) continue;
    yield piece;
    piece = '';
  }
  yield piece;
  return truth;
}
