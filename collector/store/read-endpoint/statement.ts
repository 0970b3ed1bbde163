/**
 * A statement as the engine's formatter writes it: one line, keywords in capitals, no comments,
 * strings in single quotes, names in backticks where they need any. Only the engine takes the text
 * apart; what is left to do here is simple because of that.
 */
import { sqlString } from '../sql.ts';
import { ReadError } from './refused.ts';

/** Runs one statement that is known to be harmless and gives its answer as text. */
export type Ask = (sql: string) => Promise<string>;

export interface Statement {
  /** The formatted statement without its FORMAT. */
  line: string;
  /** `line` with the contents of quotes removed. */
  skeleton: string;
  /** The format that the statement itself asks for. */
  format: string | undefined;
  /** The first word, in capitals. */
  keyword: string;
}

const STRING = String.raw`'(?:[^'\\]|\\.)*'`;
const QUOTED = new RegExp(`${STRING}|\`(?:[^\`\\\\]|\\\\.)*\``, 'gs');

/** The contents of quotes removed. */
export function skeletonOf(line: string): string {
  return line.replaceAll(QUOTED, (quoted) => quoted[0]! + quoted[0]!);
}

/**
 * Has the engine parse the text as data, so that nothing of it runs. This is where a second
 * statement is refused: given as a query, the engine would run it.
 */
export async function readStatement(text: string, ask: Ask): Promise<Statement> {
  if (text.includes('\0')) throw new ReadError(62, 'SYNTAX_ERROR', 'a statement has no NUL characters');
  const answer = await ask(`SELECT formatQuerySingleLine(${sqlString(text)})`).catch((error: Error) => {
    throw withoutOurQuery(error);
  });
  const whole = answer.trim();
  for (const [quoted] of whole.matchAll(QUOTED)) {
    // The tree prints names raw: a line break in one could pass for a node.
    if (quoted.startsWith('`') && /\\[nrt0bfv]|\p{Cc}/u.test(quoted))
      throw new ReadError(36, 'BAD_ARGUMENTS', 'names with control characters are not answered here');
  }
  return withoutFormat(whole);
}

/** A FORMAT stands at the end; names that are also keywords (Values) are in backticks. */
function withoutFormat(whole: string): Statement {
  const clause = / FORMAT (?:\w+|``)$/.test(skeletonOf(whole)) && / FORMAT (`?)(\w+)\1$/.exec(whole);
  const format = clause ? clause[2] : undefined;
  const line = clause ? whole.slice(0, clause.index) : whole;
  const skeleton = skeletonOf(line);
  return { line, skeleton, format, keyword: /^\(*([A-Z]+)/.exec(skeleton)?.[1] ?? '' };
}

/** A clause with which a statement filters tables, taken off its end. */
export interface Filtered {
  statement: Statement;
  /** Table names and the conditions on them. */
  filters: [table: string, condition: string][];
}

const PAIR = `(${STRING}):(${STRING})`;
const CLAUSE = new RegExp(
  `^(.*) SETTINGS additional_table_filters = \\{((?:${PAIR}(?:, ${PAIR})*)?)\\}$`,
  's',
);

/**
 * Takes `SETTINGS additional_table_filters = {…}` off the end of a statement, where it is the only
 * setting. This is how Grafana's ad-hoc filters come.
 */
export function takeFilters(statement: Statement): Filtered {
  const found = CLAUSE.exec(statement.line);
  const skeleton = CLAUSE.exec(statement.skeleton);
  // both, and alike: a clause that is only the content of a string is none
  if (!found || !skeleton || skeletonOf(found[1]!) !== skeleton[1]) return { statement, filters: [] };
  const before = withoutFormat(found[1]!);
  const pairs = [...found[2]!.matchAll(new RegExp(PAIR, 'gs'))];
  return {
    // the FORMAT may stand on either side of the clause
    statement: { ...before, format: statement.format ?? before.format },
    filters: pairs.map(([, table, condition]) => [unquote(table!), unquote(condition!)]),
  };
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', 0: '\0', b: '\b', f: '\f' };

function unquote(literal: string): string {
  return literal.slice(1, -1).replaceAll(/\\(.)/gs, (_, escaped: string) => ESCAPES[escaped] ?? escaped);
}

/** A message about the caller's text must not speak of the query around it. */
function withoutOurQuery(error: Error & { code?: unknown; type?: unknown }): Error {
  const message = error.message
    .replace(/:? In scope SELECT formatQuerySingleLine\(.*$/s, '')
    .replace(/^Code: \d+\. DB::Exception: /, '')
    .trim();
  const code = Number(error.code ?? /Code: (\d+)/.exec(error.message)?.[1] ?? 62);
  return new ReadError(code, code === 62 ? 'SYNTAX_ERROR' : String(error.type), message);
}
