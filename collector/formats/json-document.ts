/** Looking at the beginning of a JSON document that may go on beyond what was read. */

/** No file of usage is nested deeper; what is, was made to keep a reader busy. */
export const DEEPEST = 500;

/** Every format asks for the beginning of the same head. */
const beginnings = new WeakMap<Buffer, { value: unknown }>();

/**
 * The value that a document begins with. Where the text ends early, what is whole so far is closed:
 * `{"a":[{"b":1},{"b":2` gives `{"a":[{"b":1},{}]}`. Undefined for text that is no JSON object or array,
 * or nested deeper than {@link DEEPEST}.
 */
export function beginningOf(head: Buffer): unknown {
  let known = beginnings.get(head);
  if (!known) beginnings.set(head, (known = { value: read(head.toString('utf8').trim()) }));
  return known.value;
}

function read(text: string): unknown {
  if (!/^[[{]/.test(text) || isTooDeep(text)) return undefined;
  return parsed(text) ?? parsed(closed(text));
}

/** Whether JSON is nested deeper than {@link DEEPEST}. Parsing such text would take seconds. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') {
      at = endOfString(text, at);
      if (at === -1) return false;
    } else if (character === '{' || character === '[') {
      if (++depth > DEEPEST) return true;
    } else if (character === '}' || character === ']') {
      depth--;
    }
  }
  return false;
}

/**
 * The elements of an array that a document holds at a path ('' is the top), as far as they are whole;
 * undefined where the document begins otherwise.
 */
export function elementsOf(head: Buffer, path: string): unknown[] | undefined {
  let value = beginningOf(head);
  for (const key of keysOf(path))
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return Array.isArray(value) ? value : undefined;
}

/** The first of the paths at which a document holds its records; undefined where it holds none there. */
export function arrayPathOf(head: Buffer, paths: readonly string[] = []): string | undefined {
  if (paths.length === 0) return undefined;
  return paths.find((path) => elementsOf(head, path)?.some((one) => typeof one === 'object' && one !== null));
}

/** `data.items` as keys. */
export function keysOf(path: string): string[] {
  return path === '' ? [] : path.split('.');
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The text up to its last whole value, with what is open closed. */
function closed(text: string): string | undefined {
  /** What closes the objects and arrays that are open; it changes only where the text may be cut. */
  const closing: string[] = [];
  let cut = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') {
      const end = endOfString(text, at);
      if (end === -1) break;
      at = end;
    } else if (character === '{' || character === '[') {
      closing.push(character === '{' ? '}' : ']');
      cut = at + 1;
    } else if (character === '}' || character === ']') {
      closing.pop();
      if (closing.length === 0) return text.slice(0, at + 1);
      cut = at + 1;
    } else if (character === ',') {
      cut = at;
    }
  }
  return cut > 0 ? text.slice(0, cut) + closing.reverse().join('') : undefined;
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return end;
  }
  return -1;
}

/** The value as an object; an empty one where it is none. */
export function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
