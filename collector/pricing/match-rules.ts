/**
 * The list's matching rules, read more strictly than its own package does. There `claude-sonnet-5`
 * as a beginning also takes `claude-sonnet-5-5`, another model at another price. Here what follows a
 * matched piece must be a stamp (a date, a build, `-preview`, `-latest`): a further version number
 * or an unknown word is another model.
 */
import type { MatchRule } from './price-list.ts';

const DATE = String.raw`20\d{6}|20\d{2}-\d{2}-\d{2}`;
const PREVIEW = String.raw`(?:preview|exp)(?:-\d{2}-(?:\d{2}|20\d{2})|-\d{4})?`;
const STAMPS = new RegExp(
  String.raw`^(?:[-@](?:${DATE}|${PREVIEW}|0\d{2}|v\d+(?::\d+)*(?::\d+k)?|latest|default))*$`,
);
/** A date or build number that a rule begins and a name finishes: `…-2025` and `0514`. */
const STAMP_NUMBER = new RegExp(String.raw`^(?:${DATE}|0\d{2})(?!\d)`);

/**
 * How strongly a rule speaks for a name: 0 not at all, otherwise the length of what matched, so
 * that the longest rule wins where several do; Infinity for a whole name. `name` is in lower case.
 */
export function matchStrength(rule: MatchRule, name: string): number {
  if ('or' in rule) return Math.max(0, ...rule.or.map((part) => matchStrength(part, name)));
  if ('and' in rule) {
    const parts = rule.and.map((part) => matchStrength(part, name));
    return parts.includes(0) ? 0 : Math.max(0, ...parts);
  }
  if ('equals' in rule) return rule.equals.toLowerCase() === name ? Infinity : 0;
  if ('regex' in rule) return regexStrength(rule.regex, name);
  if ('starts_with' in rule) return pieceStrength(rule.starts_with, name, (start) => start === 0);
  if ('ends_with' in rule) {
    const needle = rule.ends_with;
    return pieceStrength(needle, name, (start) => start + needle.length === name.length);
  }
  return pieceStrength(rule.contains, name, () => true);
}

function pieceStrength(piece: string, name: string, mayStartAt: (start: number) => boolean): number {
  const needle = piece.toLowerCase();
  for (let start = name.indexOf(needle); start >= 0; start = name.indexOf(needle, start + 1)) {
    const atBoundary = start === 0 || /[^a-z0-9]/.test(name[start - 1]!);
    if (mayStartAt(start) && atBoundary && endsWell(name, start + needle.length)) return needle.length;
  }
  return 0;
}

/** A pattern that stops before the name's end is held to the same rule as a beginning. */
function regexStrength(source: string, name: string): number {
  let found: RegExpExecArray | null;
  try {
    found = new RegExp(source).exec(name);
  } catch {
    return 0; // a pattern of a newer list that this engine cannot read
  }
  if (!found) return 0;
  const length = found[0].length;
  if (length === 0) return 0.5; // only a condition, such as a look-ahead
  return endsWell(name, found.index + length) ? length : 0;
}

/** Whether a match that ends at `end` leaves nothing but stamps. */
function endsWell(name: string, end: number): boolean {
  // Fine-tunes carry names of their own after the model's; a rule ending in a separator means any.
  if (name.startsWith('ft:') || /[^a-z0-9]$/.test(name.slice(0, end))) return true;
  const rest = name.slice(end);
  if (!/^\d/.test(rest) || !/\d$/.test(name.slice(0, end))) return STAMPS.test(rest);
  const digitsFrom = end - /\d+$/.exec(name.slice(0, end))![0].length;
  const stamp = STAMP_NUMBER.exec(name.slice(digitsFrom));
  return stamp !== null && STAMPS.test(name.slice(digitsFrom + stamp[0].length));
}
