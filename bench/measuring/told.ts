/** What a run took, in a few words for people who wait. */
import type { Usage } from './process.ts';

export function told({ wallMs, cpuMs, peakBytes }: Usage & { wallMs: number }): string {
  const memory = peakBytes === undefined ? '' : `, ${(peakBytes / 2 ** 20).toFixed(0)} MiB`;
  return `${(wallMs / 1000).toFixed(2)} s (${(cpuMs / 1000).toFixed(2)} s CPU${memory})`;
}
