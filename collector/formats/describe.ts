/** Saying to people what a file looks like, in bounded sentences. */
import type { Sample } from './format.ts';
import { asObject, beginningOf, DEEPEST, isTooDeep } from './json-document.ts';
import { firstObjects } from './json-lines.ts';

const NAMES = 24;
const NAME_LENGTH = 48;

/** A sentence or two: the columns of a table, or what the first record looks like. */
export function describeFound(sample: Sample): string {
  const columns = sample.table?.columns ?? sample.parquetColumns;
  if (columns) return `It has the columns ${names(columns)}.`;
  const [first] = firstObjects(sample.head);
  if (first) return `Its first record has the fields ${names(Object.keys(first))}.`;
  const text = sample.head.toString('utf8').trimStart();
  if (/^[[{]/.test(text) && isTooDeep(text))
    return `It is JSON nested deeper than ${DEEPEST} levels, which no file of usage is.`;
  if (text.startsWith('['))
    return "It is one JSON array; only JSON lines are read, one object a line (jq -c '.[]' makes them).";
  const fields = Object.keys(asObject(beginningOf(sample.head)));
  if (fields.length > 0)
    return `It is one JSON document with the fields ${names(fields)}; of others than those of known agents, only JSON lines are read, one object a line.`;
  if (text.startsWith('{'))
    return 'It begins like JSON, but no line of its beginning is a whole object; only JSON lines are read, one object a line.';
  return `Its first line is ${quoted(text.split('\n', 1)[0] ?? '')}.`;
}

/** A name in quotes, cut when it is long, without line breaks. */
export function quoted(name: string): string {
  const line = name.replaceAll(/\s+/g, ' ').trim();
  return `"${line.length > NAME_LENGTH ? `${line.slice(0, NAME_LENGTH)}…` : line}"`;
}

/** `a, b and c`. */
export function list(words: readonly string[], last: string): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}

function names(all: readonly string[]): string {
  const shown = all.slice(0, NAMES).map(quoted);
  const more = all.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : list(shown, 'and');
}
