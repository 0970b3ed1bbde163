/** Ways to bring the same bytes in another order or in other pieces, for tests of what must not matter. */
import type { GeneratedFile } from './truth.ts';
import type { Prng } from './prng.ts';

/** Bytes to append to a file; the file is made by its first step. */
export interface GrowthStep {
  path: string;
  bytes: Buffer;
}

/**
 * Cuts content at `cuts` arbitrary byte offsets, also within a line or a character. The pieces
 * joined are the content; none is empty unless the content is.
 */
export function cutAnywhere(prng: Prng, content: string | Buffer, cuts: number): Buffer[] {
  const bytes = Buffer.from(content);
  const offsets = new Set<number>();
  for (let cut = 0; cut < cuts && bytes.length > 1; cut++) offsets.add(prng.int(1, bytes.length - 1));
  const ends = [...offsets].sort((a, b) => a - b).concat(bytes.length);
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

/** Lets files grow side by side: each file's own pieces stay in order, files take turns at random. */
export function interleavedGrowth(
  prng: Prng,
  files: Iterable<GeneratedFile>,
  cutsPerFile: number,
): GrowthStep[] {
  const queues: GrowthStep[][] = [];
  for (const { path, content } of files) {
    const pieces = cutAnywhere(prng, content, prng.int(0, cutsPerFile));
    queues.push(pieces.map((bytes) => ({ path, bytes })).reverse());
  }
  const steps: GrowthStep[] = [];
  while (queues.length > 0) {
    const turn = prng.int(0, queues.length - 1);
    const step = queues[turn]?.pop();
    if (step) steps.push(step);
    else queues.splice(turn, 1);
  }
  return steps;
}

/** The lines of a file in another order; every line keeps its ending. An unterminated last line stays last. */
export function shuffledLines(prng: Prng, content: string): string {
  const lines = content.split(/(?<=\n)/);
  const tail = lines.length > 0 && !lines[lines.length - 1]?.endsWith('\n') ? lines.pop() : '';
  return prng.shuffled(lines).join('') + (tail ?? '');
}
