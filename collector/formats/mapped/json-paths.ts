/** Reading fields of a JSON line by dotted paths, all with one parse of the line. */
import { sqlName } from '../../store/sql.ts';

interface Branch {
  /** Members in their order; `undefined` is a value. */
  members: Map<string, Branch | undefined>;
}

/**
 * The type for `JSONExtract(line, type)`: a tuple of tuples whose leaves are Nullable(String), and for
 * each path the positions that lead to it. No path may lead into the value of another.
 */
export function tupleOf(paths: readonly string[]): { type: string; positions: Map<string, number[]> } {
  const root: Branch = { members: new Map() };
  for (const path of paths) plant(root, path.split('.'));
  const positions = new Map(paths.map((path) => [path, positionsOf(root, path.split('.'))]));
  return { type: typeOf(root), positions };
}

/** The value at a dotted path, undefined where there is none. */
export function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const key of path.split('.'))
    value = value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined;
  return value;
}

function plant(branch: Branch, [key = '', ...rest]: string[]): void {
  if (rest.length === 0) {
    branch.members.set(key, undefined);
    return;
  }
  const next = branch.members.get(key) ?? { members: new Map() };
  branch.members.set(key, next);
  plant(next, rest);
}

function positionsOf(branch: Branch, [key = '', ...rest]: string[]): number[] {
  const position = [...branch.members.keys()].indexOf(key) + 1;
  const next = branch.members.get(key);
  return next && rest.length > 0 ? [position, ...positionsOf(next, rest)] : [position];
}

function typeOf(branch: Branch): string {
  const members = [...branch.members].map(
    ([key, next]) => `${sqlName(key)} ${next ? typeOf(next) : 'Nullable(String)'}`,
  );
  return `Tuple(${members.join(', ')})`;
}
