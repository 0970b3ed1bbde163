/** What Linux tells about processes. Elsewhere there is nothing to read, and memory stays unknown. */
import { readFileSync } from 'node:fs';

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // ended meanwhile, or no /proc here
    return undefined;
  }
}

/** A process and all below it, itself first. */
export function treeOf(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`)?.trim() ?? '';
  const below = children === '' ? [] : children.split(' ').map(Number);
  return [pid, ...below.flatMap(treeOf)];
}

/** The highest resident size that a process had so far, in bytes. */
export function peakOf(pid: number): number | undefined {
  return kilobytes(pid, 'VmHWM');
}

/** What a process has resident now, in bytes. */
export function residentOf(pid: number): number | undefined {
  return kilobytes(pid, 'VmRSS');
}

/** The processor time that a process took so far, in milliseconds; Linux counts it in hundredths of a second. */
export function cpuOf(pid: number): number {
  // the name in parentheses may hold anything, so what follows it is counted
  const fields = read(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ');
  return (Number(fields?.[11]) + Number(fields?.[12])) * 10;
}

function kilobytes(pid: number, field: string): number | undefined {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(read(`/proc/${pid}/status`) ?? '');
  return found ? Number(found[1]) * 1024 : undefined;
}
