/**
 * A statement as the engine's formatter writes it: one line, keywords in capitals, no comments,
 * strings in single quotes, names in backticks where they need any. Only the engine takes the text
 * apart; what is left to do here is simple because of that.
 */
import { sqlString } from '../sql.ts';
import type { Bound } from './parameters.ts';
import { ReadError } from './refused.ts';

/** Runs one statement that is known to be harmless and gives its answer as text. */
export type Ask = (sql: string, params?: Bound) => Promise<string>;

export interface Statement {
  /** What was sent, which is also what is run. */
  text: string;
  /** The formatted statement with the contents of quotes removed. */
  skeleton: string;
  /** The format that the statement itself asks for. */
  format: string | undefined;
}

const QUOTED = /'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/gs;

/**
 * Has the engine parse the text as data, so that nothing of it runs. This is where a second
 * statement is refused: given as a query, the engine would run it.
 */
export async function readStatement(text: string, ask: Ask): Promise<Statement> {
  if (text.includes('\0')) throw new ReadError(62, 'SYNTAX_ERROR', 'a statement has no NUL characters');
  const line = await ask(`SELECT formatQuerySingleLine(${sqlString(text)})`).catch((error: Error) => {
    throw withoutOurQuery(error);
  });
  for (const [quoted] of line.matchAll(QUOTED)) {
    // The tree prints names raw: a line break in one could pass for a node.
    if (quoted.startsWith('`') && /\\[nrt0bfv]|\p{Cc}/u.test(quoted))
      throw new ReadError(36, 'BAD_ARGUMENTS', 'names with control characters are not answered here');
  }
  const skeleton = line.trim().replaceAll(QUOTED, (quoted) => quoted[0]! + quoted[0]!);
  return { text, skeleton, format: / FORMAT (\w+)$/.exec(skeleton)?.[1] };
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
