/** Files of followed folders that cannot be read as they are, found without a collector that follows them. */
import type { Format } from '../../formats/format.ts';
import { readSample, recogniseAs, recogniseSample } from '../../formats/recognise.ts';
import { discover, isAbsent, problemOf } from './discovery.ts';
import { FollowedRoot } from './followed-root.ts';
import type { PathProblem, TailRoot } from './types.ts';

/** Files whose beginnings are read; a folder may hold many more that are no logs at all. */
const MOST_LOOKED_AT = 200;

/**
 * @param isRead whether a file is known to be read; nobody looks at it again
 * @returns with a sentence each, in the order of the roots
 */
export async function unreadFiles(
  roots: readonly TailRoot[],
  formats: readonly Format[],
  isRead: (path: string) => boolean,
): Promise<PathProblem[]> {
  const problems: PathProblem[] = [];
  const seen = new Set<string>();
  for (const [index, one] of roots.entries()) {
    const root = new FollowedRoot(one, index);
    const { found, problems: failed } = await discover(root.base, {
      follows: (path) => root.follows(path),
      enters: (folder) => root.enters(folder),
      onFolder: () => undefined,
    });
    problems.push(...failed);
    if (!isLookedAt(root)) continue;
    for (const { path, size } of found) {
      if (size === 0 || seen.has(path) || isRead(path)) continue;
      if (seen.size >= MOST_LOOKED_AT) return problems;
      seen.add(path);
      const problem = await whyNot(path, root.format, formats);
      if (problem !== undefined) problems.push({ path, problem });
    }
  }
  return problems;
}

/** Lines and documents of a root for one format are read as what they are said to be. */
function isLookedAt({ format }: FollowedRoot): boolean {
  return format === 'auto' || !['lines', 'document'].includes(format.layout);
}

async function whyNot(
  path: string,
  format: Format | 'auto',
  formats: readonly Format[],
): Promise<string | undefined> {
  try {
    const sample = await readSample(path);
    const found = format === 'auto' ? recogniseSample(sample, formats) : recogniseAs(sample, format);
    return 'problem' in found ? found.problem : undefined;
  } catch (error) {
    return isAbsent(error) ? undefined : problemOf(error);
  }
}
