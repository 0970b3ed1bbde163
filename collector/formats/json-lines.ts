/** Looking at the beginning of a JSON lines file, to recognise it. Reading it is the engine's work. */

import { isTooDeep } from './json-document.ts';

/** Every format asks for the objects of the same head. */
const known = new WeakMap<Buffer, Map<number, Record<string, unknown>[]>>();

/** The first objects of a head; lines that are cut off or are no objects are passed over. */
export function firstObjects(head: Buffer, most = 40): readonly Record<string, unknown>[] {
  const ofHead = known.get(head) ?? new Map<number, Record<string, unknown>[]>();
  known.set(head, ofHead);
  const objects = ofHead.get(most) ?? readObjects(head, most);
  ofHead.set(most, objects);
  return objects;
}

function readObjects(head: Buffer, most: number): Record<string, unknown>[] {
  const objects: Record<string, unknown>[] = [];
  for (const line of head.toString('utf8').split('\n').slice(0, most)) {
    const text = line.trim();
    if (!text.startsWith('{') || isTooDeep(text)) continue;
    try {
      objects.push(JSON.parse(text) as Record<string, unknown>);
    } catch {
      // the last line of a head is often cut; a broken one says nothing about the format
    }
  }
  return objects;
}

/** The object at a path of names; undefined where there is none. */
export function objectAt(
  object: Record<string, unknown>,
  ...path: string[]
): Record<string, unknown> | undefined {
  let value: unknown = object;
  for (const name of path) value = isObject(value) ? value[name] : undefined;
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A `lineFilter`: lines with one of the texts, and lines that do not look like a whole object as programs
 * write it, which `read.sql` judges: as a rule they are broken.
 */
export function linesWith(...texts: string[]): string {
  const wanted =
    texts.length === 1
      ? `position(line, '${texts[0]!}') > 0`
      : `multiSearchAny(line, [${texts.map((text) => `'${text}'`).join(', ')}])`;
  return `(${wanted} OR NOT (startsWith(line, '{"') AND (endsWith(line, '}') OR endsWith(line, '}\\r'))))`;
}
