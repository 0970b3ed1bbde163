/** Looking at the beginning of a JSON document that may go on beyond what was read. */

/**
 * The value that a document begins with. Where the text ends early, what is whole so far is closed:
 * `{"a":[{"b":1},{"b":2` gives `{"a":[{"b":1},{}]}`. Undefined for text that is no JSON object or array.
 */
export function beginningOf(head: Buffer): unknown {
  const text = head.toString('utf8').trim();
  if (!/^[[{]/.test(text)) return undefined;
  return parsed(text) ?? parsed(closed(text));
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
  const open: string[] = [];
  /** Where the text may be cut, and what closes it there. */
  let cut: { at: number; closing: string } | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') {
      const end = endOfString(text, at);
      if (end === -1) break;
      at = end;
    } else if (character === '{' || character === '[') {
      open.push(character === '{' ? '}' : ']');
      cut = { at: at + 1, closing: [...open].reverse().join('') };
    } else if (character === '}' || character === ']') {
      open.pop();
      if (open.length === 0) return text.slice(0, at + 1);
      cut = { at: at + 1, closing: [...open].reverse().join('') };
    } else if (character === ',') {
      cut = { at, closing: [...open].reverse().join('') };
    }
  }
  return cut && text.slice(0, cut.at) + cut.closing;
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
