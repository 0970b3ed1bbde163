// Exports as people send them: Cursor's CSV of a team, with rows that are this run's and this file's alone.

const HEADER =
  'Date,User,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost\n';

/** Bytes of a row, nearly. */
export const ROW_BYTES = 108;

/** The user of a file's rows; all of a run begin alike, which is how they are counted. */
export function userOf(run, file) {
  return `${prefixOf(run)}${file}@demo.example`;
}

/** With what the users of a run begin. */
export function prefixOf(run) {
  return `k6-${run}-`;
}

/** A CSV of so many rows: a millisecond apart, up to when the run began. */
export function exportOf(run, file, rows) {
  const after = `Z","${userOf(run, file)}","Included","claude-4.5-sonnet","No","10","20","100","20","150","0.01"`;
  const lines = new Array(rows);
  let second = '';
  for (let i = 0; i < rows; i++) {
    const ms = i % 1000;
    if (ms === 0) second = new Date(run - 1000 * (1 + Math.floor(i / 1000))).toISOString().slice(0, 20);
    lines[i] = `"${second}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}${after}`;
  }
  return `${HEADER}${lines.join('\n')}\n`;
}
