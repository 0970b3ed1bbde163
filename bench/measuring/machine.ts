/** What a measurement was made on, without its name. */
import { availableParallelism, totalmem } from 'node:os';

export function machine(): string {
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  return `${process.platform} ${process.arch}, ${availableParallelism()} cores, ${memory} GiB of memory, Node ${process.versions.node}.`;
}
