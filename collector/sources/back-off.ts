/** Waits that double, with jitter so that many do not come back at once. */
export function backOffMs(failures: number, limits: { retryMinMs: number; retryMaxMs: number }): number {
  const full = Math.min(limits.retryMaxMs, limits.retryMinMs * 2 ** Math.max(0, failures - 1));
  return full * (0.5 + Math.random() / 2);
}
