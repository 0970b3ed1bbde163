/** What the tail says of its roots, for doctor and people. */
import { bytesBehind, type FileState } from './file-state.ts';
import type { FollowedRoot } from './followed-root.ts';
import { secondsBehind } from './lag.ts';
import { PROBLEMS_LISTED, type TailRootStatus } from './types.ts';

export function statusOf(roots: readonly FollowedRoot[], files: Iterable<FileState>): TailRootStatus[] {
  const statuses = roots.map((root): TailRootStatus => ({
    path: root.path,
    format: root.format === 'auto' ? 'auto' : root.format.name,
    dataset: root.dataset,
    exists: root.exists,
    files: 0,
    bytes: 0,
    bytesBehind: 0,
    secondsBehind: 0,
    unrecognised: [],
    errors: root.problems.slice(0, PROBLEMS_LISTED),
  }));
  const now = Date.now();
  for (const file of files) {
    const status = file.root && statuses[file.root.index];
    if (status && file.goneAt === undefined) add(status, file, now);
  }
  return statuses;
}

function add(status: TailRootStatus, file: FileState, now: number): void {
  const { path, problem, unrecognised } = file;
  if (problem !== undefined && status.errors.length < PROBLEMS_LISTED) status.errors.push({ path, problem });
  if (unrecognised !== undefined) {
    if (status.unrecognised.length < PROBLEMS_LISTED)
      status.unrecognised.push({ path, problem: unrecognised });
    return;
  }
  if (!file.format) return;
  status.files++;
  status.bytes += file.size;
  status.bytesBehind += bytesBehind(file);
  status.secondsBehind = Math.max(status.secondsBehind, secondsBehind(file, now));
}
